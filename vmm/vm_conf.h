/* SPDX-License-Identifier: MIT */
/* A VM's lines of system.conf: "key = value", one a line, as root passes them on. */
#ifndef VMM_VM_CONF_H
#define VMM_VM_CONF_H

#include <stdbool.h>
#include <stdint.h>
#include "load.h"

#define CONF_TEXT_BYTES 1025

struct vm_conf {
    char text[CONF_TEXT_BYTES]; /* the values point into it */
    const char *kernel, *firmware, *cmdline;
    enum load_kind boot;
    /* initrds and modules in their order: file name, and its command line (name first) */
    const char *module_file[LOAD_MAX_MODULES], *module_args[LOAD_MAX_MODULES];
    unsigned module_count;
    char module_text[LOAD_MAX_MODULES][128];
    bool stop_on_reset;
    bool stats; /* print counters when the VM ends */
    char error[200];
};

/* False with the reason in conf->error. Keys that are root's own business are skipped. */
bool vm_conf_parse(struct vm_conf *conf, const char *text, uint64_t bytes);

#endif
