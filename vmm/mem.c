/* SPDX-License-Identifier: MIT */
/* Guest-physical memory: range checks in one place. */
#include <string.h>
#include "mem.h"

void mem_init(struct mem *mem, void *ram, uint64_t bytes)
{
    mem->ram = ram;
    mem->bytes = bytes;
    mem->low_bytes = bytes < MEM_HOLE_BASE ? bytes : MEM_HOLE_BASE;
    mem->rom_bytes = 0;
}

void mem_take_rom(struct mem *mem, uint64_t bytes)
{
    mem_init(mem, mem->ram, mem->bytes - bytes);
    mem->rom = mem->ram + mem->bytes;
    mem->rom_bytes = bytes;
}

static const void *rom_ptr(const struct mem *mem, uint64_t gpa, uint64_t bytes)
{
    uint64_t base = MEM_HIGH_BASE - mem->rom_bytes;

    return gpa >= base && gpa < MEM_HIGH_BASE && bytes <= MEM_HIGH_BASE - gpa ? mem->rom + (gpa - base) : NULL;
}

bool mem_read(const struct mem *mem, uint64_t gpa, void *to, uint64_t bytes)
{
    const void *from = mem_ptr(mem, gpa, bytes);

    if (from == NULL)
        from = rom_ptr(mem, gpa, bytes);
    if (from == NULL)
        return false;
    memcpy(to, from, bytes);
    return true;
}

bool mem_write(const struct mem *mem, uint64_t gpa, const void *from, uint64_t bytes)
{
    void *to = mem_ptr(mem, gpa, bytes);

    if (to == NULL)
        return false;
    memcpy(to, from, bytes);
    return true;
}

bool mem_fill(const struct mem *mem, uint64_t gpa, uint8_t value, uint64_t bytes)
{
    void *to = mem_ptr(mem, gpa, bytes);

    if (to == NULL)
        return false;
    memset(to, value, bytes);
    return true;
}
