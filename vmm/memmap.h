/* SPDX-License-Identifier: MIT */
/* The memory map that every boot protocol hands to its guest (types as in E820). */
#ifndef VMM_MEMMAP_H
#define VMM_MEMMAP_H

#include <stdint.h>
#include "mem.h"

#define MEMMAP_MAX      8
#define MEMMAP_RAM      1u
#define MEMMAP_RESERVED 2u

struct memmap {
    struct { uint64_t base, bytes; uint32_t type; } entry[MEMMAP_MAX];
    unsigned count;
};

void memmap_build(struct memmap *map, const struct mem *mem);

#endif
