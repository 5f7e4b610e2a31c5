/* SPDX-License-Identifier: MIT */
/*
 * Arrays of address ranges. Pure, so that the host tests can try what no firmware here reports.
 */
#include "ranges.h"

static void sort(struct boot_range *range, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct boot_range r = range[i];
        uint32_t at = i;

        for (; at != 0 && range[at - 1].base > r.base; at--)
            range[at] = range[at - 1];
        range[at] = r;
    }
}

uint32_t ranges_tidy(struct boot_range *range, uint32_t count)
{
    uint32_t out = 0;

    sort(range, count);
    for (uint32_t i = 0; i < count; i++) {
        if (range[i].bytes == 0)
            continue;

        struct boot_range *last = out == 0 ? 0 : &range[out - 1];
        if (last == 0 || range[i].base > last->base + last->bytes) {
            range[out++] = range[i];
            continue;
        }
        uint64_t end = range[i].base + range[i].bytes;
        if (end > last->base + last->bytes)
            last->bytes = end - last->base;
    }
    return out;
}

uint32_t ranges_keep_largest(struct boot_range *range, uint32_t count, uint32_t room)
{
    while (count > room) {
        uint32_t least = 0;

        for (uint32_t i = 1; i < count; i++)
            if (range[i].bytes < range[least].bytes)
                least = i;
        count--;
        for (uint32_t i = least; i < count; i++)
            range[i] = range[i + 1];
    }
    return count;
}

uint64_t ranges_place(struct boot_range in, uint64_t bytes, uint64_t align, uint64_t limit)
{
    uint64_t end = in.base + in.bytes;

    if (end > limit)
        end = limit;
    if (end < in.base || end - in.base < bytes)
        return 0;

    uint64_t place = (end - bytes) & ~(align - 1);
    return place >= in.base ? place : 0;
}
