/* SPDX-License-Identifier: MIT */
/* A kernel as far as life.c needs it, and the files of root that make and bury partitions. */
#ifndef FAKE_ROOT_H
#define FAKE_ROOT_H

#include <root/part.h>

#define FAKE_PARKED 999u /* placement of a vCPU's thread without a CPU */
#define FAKE_MS 1000000ull /* TSC ticks */

struct fake_root {
    uint64_t now;          /* TSC */
    uint64_t mem_pages, kmem_pages; /* of root's quotas that are free */
    unsigned living;       /* partitions that the kernel has */
    unsigned consoles;     /* that root has memory for */
    bool create_fails;     /* in the middle */
    int64_t asked;         /* handle of the last partition that was asked to end */
    bool pause_fails, place_fails;
    uint64_t placed[CONF_MAX_CPUS]; /* where thread n of whoever was last put */
    char said[4096];       /* all notices */
};
extern struct fake_root fake_root;

void fake_root_reset(void);

/* It ends by itself with this exit code; life_check() will find it. */
void fake_exits(struct part *part, int64_t code);
/* What root wants a VM to have, and the VM's answer. */
uint32_t fake_cpus_wanted(const struct part *part);
void fake_cpus_are(struct part *part, uint32_t there);
void fake_kick(struct part *part);
bool fake_paused(const struct part *part);

#endif
