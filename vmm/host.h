/* SPDX-License-Identifier: MIT */
/* The system calls that make and drive a VM; everything else in the VMM is free of them. */
#ifndef VMM_HOST_H
#define VMM_HOST_H

#include "be_console.h"
#include "vm.h"
#include "vm_conf.h"

/* Find the files that the configuration names. */
const char *host_files(const struct vm_conf *conf);

/* Make the partition a VM with its RAM, CPUID table and vCPUs, and connect vm to it. On failure: what
 * failed, for the user; else NULL. From here on the calling thread has the VM's lock. */
const char *host_create(struct vm *vm, struct be_console *console);

/* Load the image and set the vCPU's state. `again`: a reset; RAM is cleared first. */
const char *host_start(struct vm *vm, const struct vm_conf *conf, bool again);

/* Enter vCPU 0's guest until the VM is to be reset or to end, and let the other threads enter theirs; all are
 * out of them when it returns. */
void host_run(struct vm *vm, struct be_console *console);

/* What the thread of vCPU index, above 0, does from its start to the end of the VM. */
__attribute__((noreturn)) void host_thread(struct vm *vm, unsigned index, struct be_console *console);

/* End the partition with a last line on the console (text may be empty). */
__attribute__((noreturn)) void host_stop(uint64_t code, const char *text);

#endif
