/* SPDX-License-Identifier: MIT */
/* frames_read: the kernel's books on memory, piece by piece, for a program that checks them. */
#ifndef ABI_FRAMES_H
#define ABI_FRAMES_H

#include <stdint.h>

enum frames_kind {
    FRAMES_TABLE,   /* every frame of the machine and its owner; the partition does not matter */
    FRAMES_OBJECTS, /* the memory objects of the partition: which frames they say are theirs */
    FRAMES_PAGES,   /* what its page tables map */
    FRAMES_GUEST,   /* what its EPT maps */
    FRAMES_KINDS
};

#define FRAMES_END  (~0ull)
#define FRAMES_FREE 0xffffffffu
#define FRAMES_RUNS 32u

struct frame_run {
    uint64_t at;           /* FRAMES_PAGES, FRAMES_GUEST: the address */
    uint32_t frame, pages; /* physical address / 4 KiB; how many */
    uint32_t object;       /* whose they are: a number for a memory object, 0 = the kernel's or no RAM, FRAMES_FREE */
    uint32_t maps;         /* FRAMES_OBJECTS: mappings that lead to the object, as it counts them */
};

struct frames_page {
    uint32_t kind, count; /* in: enum frames_kind; out: number of runs */
    uint64_t cursor;      /* in and out: 0 to begin, FRAMES_END when that was all */
    uint64_t changes;     /* out: differs when memory or mappings changed in between */
    uint64_t frame_count, free_frames; /* out: frames that the table has; free ones */
    uint64_t free_kmem;   /* out: free pages of the kernel pool */
    struct frame_run run[FRAMES_RUNS];
};

#endif
