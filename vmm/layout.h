/* SPDX-License-Identifier: MIT */
/* Where things may lie in guest RAM while an image is loaded: a list of the ranges in use. */
#ifndef VMM_LAYOUT_H
#define VMM_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>
#include "mem.h"

#define LAYOUT_MAX 64
#define LAYOUT_NONE UINT64_MAX

struct layout {
    const struct mem *mem;
    struct { uint64_t base, end; } used[LAYOUT_MAX];
    unsigned count;
};

/* Page 0 and everything from 0x9f000 to 1 MiB are taken from the start. */
void layout_init(struct layout *layout, const struct mem *mem);

/* Take [base, base + bytes): false when it is not RAM, overlaps, or the list is full. */
bool layout_take(struct layout *layout, uint64_t base, uint64_t bytes);
bool layout_is_free(const struct layout *layout, uint64_t base, uint64_t bytes);

/* Find and take the lowest / highest free place below `limit`; LAYOUT_NONE when there is none. */
uint64_t layout_place_low(struct layout *layout, uint64_t bytes, uint64_t align, uint64_t from,
                          uint64_t limit);
uint64_t layout_place_high(struct layout *layout, uint64_t bytes, uint64_t align, uint64_t limit);

#endif
