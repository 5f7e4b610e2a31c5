/* SPDX-License-Identifier: MIT */
/* A kernel as far as life.c needs it, and the files of root that make and bury partitions. */
#ifndef FAKE_ROOT_H
#define FAKE_ROOT_H

#include <root/part.h>

#define FAKE_MS 1000000ull /* TSC ticks */

struct fake_root {
    uint64_t now;          /* TSC */
    uint64_t mem_pages, kmem_pages; /* of root's quotas that are free */
    unsigned living;       /* partitions that the kernel has */
    unsigned consoles;     /* that root has memory for */
    bool create_fails;     /* in the middle */
    int64_t asked;         /* handle of the last partition that was asked to end */
    bool pause_fails;
    char said[4096];       /* all notices */
};
extern struct fake_root fake_root;

void fake_root_reset(void);

/* It ends by itself with this exit code; life_check() will find it. */
void fake_exits(struct part *part, int64_t code);
void fake_kick(struct part *part);
bool fake_paused(const struct part *part);

#endif
