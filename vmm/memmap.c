/* SPDX-License-Identifier: MIT */
/* RAM around the PC's holes: firmware data under 640 KiB, VGA and ROM to 1 MiB, devices to 4 GiB. */
#include <hw/apic.h>
#include "dev_ioapic.h"
#include "memmap.h"

#define LOW_RAM_END 0x9fc00ull
#define ROM_BASE    0xe0000ull
#define MIB         0x100000ull

static void add(struct memmap *map, uint64_t base, uint64_t end, uint32_t type)
{
    if (end <= base)
        return;
    map->entry[map->count].base = base;
    map->entry[map->count].bytes = end - base;
    map->entry[map->count].type = type;
    map->count++;
}

void memmap_build(struct memmap *map, const struct mem *mem)
{
    map->count = 0;
    add(map, 0, LOW_RAM_END, MEMMAP_RAM);
    add(map, LOW_RAM_END, 0xa0000, MEMMAP_RESERVED);
    add(map, ROM_BASE, MIB, MEMMAP_RESERVED);
    add(map, MIB, mem->low_bytes, MEMMAP_RAM);
    add(map, IOAPIC_BASE, IOAPIC_BASE + MEM_PAGE, MEMMAP_RESERVED);
    add(map, APIC_DEFAULT_BASE, APIC_DEFAULT_BASE + MEM_PAGE, MEMMAP_RESERVED);
    add(map, MEM_HIGH_BASE, MEM_HIGH_BASE + mem->bytes - mem->low_bytes, MEMMAP_RAM);
}
