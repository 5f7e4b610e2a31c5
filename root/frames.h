/* SPDX-License-Identifier: MIT */
/*
 * Check of the kernel's books on memory: each frame has one owner, what is mapped is its owner's, and the
 * sums are right. Reads them by frames_read; what changes meanwhile is looked at once more.
 */
#ifndef ROOT_FRAMES_H
#define ROOT_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

struct frames_part {
    int64_t handle;   /* 0: the caller's own partition */
    const char *name;
};

struct frames_check {
    const struct frames_part *part; /* all that there are */
    unsigned parts;
    uint32_t *owner;         /* room for frames_room() */
    uint64_t frames, free_frames, free_kmem; /* out */
    uint64_t objects, leaves; /* out: looked at */
    unsigned wrong;          /* out: complaints, each printed as a line but for those beyond 20 */
    bool unstable;           /* out: memory changed all the time; nothing is known */
};

uint64_t frames_room(void); /* bytes */
/* False: something is wrong, or changed all the time. */
bool frames_check(struct frames_check *check);

#endif
