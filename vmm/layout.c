/* SPDX-License-Identifier: MIT */
/* First-fit placement from either end; only RAM below the hole is considered. */
#include "layout.h"

void layout_init(struct layout *layout, const struct mem *mem)
{
    *layout = (struct layout){ .mem = mem };
    layout->used[0].base = 0;
    layout->used[0].end = MEM_PAGE;
    layout->used[1].base = 0x9f000;
    layout->used[1].end = 0x100000;
    layout->count = 2;
}

/* The range in use that overlaps, or -1. */
static int overlap(const struct layout *layout, uint64_t base, uint64_t bytes)
{
    for (unsigned i = 0; i < layout->count; i++)
        if (base < layout->used[i].end && layout->used[i].base < base + bytes)
            return (int)i;
    return -1;
}

bool layout_is_free(const struct layout *layout, uint64_t base, uint64_t bytes)
{
    return base + bytes >= base && base + bytes <= layout->mem->low_bytes &&
           overlap(layout, base, bytes) < 0;
}

bool layout_take(struct layout *layout, uint64_t base, uint64_t bytes)
{
    if (!layout_is_free(layout, base, bytes) || layout->count == LAYOUT_MAX)
        return false;
    layout->used[layout->count].base = base;
    layout->used[layout->count].end = base + bytes;
    layout->count++;
    return true;
}

static uint64_t align_up(uint64_t value, uint64_t align)
{
    return (value + align - 1) & ~(align - 1);
}

static uint64_t lower(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t layout_place_low(struct layout *layout, uint64_t bytes, uint64_t align, uint64_t from,
                          uint64_t limit)
{
    uint64_t base = align_up(from, align);
    int hit;

    limit = lower(limit, layout->mem->low_bytes);
    while (base < limit && bytes <= limit - base) {
        hit = overlap(layout, base, bytes);
        if (hit < 0)
            return layout_take(layout, base, bytes) ? base : LAYOUT_NONE;
        base = align_up(layout->used[hit].end, align);
    }
    return LAYOUT_NONE;
}

uint64_t layout_place_high(struct layout *layout, uint64_t bytes, uint64_t align, uint64_t limit)
{
    uint64_t end = lower(limit, layout->mem->low_bytes), base;
    int hit;

    while (end >= bytes) {
        base = (end - bytes) & ~(align - 1);
        hit = overlap(layout, base, bytes);
        if (hit < 0)
            return layout_take(layout, base, bytes) ? base : LAYOUT_NONE;
        end = layout->used[hit].base;
    }
    return LAYOUT_NONE;
}
