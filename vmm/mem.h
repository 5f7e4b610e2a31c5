/* SPDX-License-Identifier: MIT */
/*
 * Guest-physical memory: the only door from a guest-physical address to a pointer. RAM lies at
 * [0, low_bytes) and, what does not fit below the hole, at [MEM_HIGH_BASE, ...). Firmware has a
 * ROM that ends at 4 GiB; it can only be read.
 */
#ifndef VMM_MEM_H
#define VMM_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEM_HOLE_BASE 0xc0000000ull  /* 3 GiB: RAM below the hole ends here at the latest */
#define MEM_HIGH_BASE 0x100000000ull /* 4 GiB */
#define MEM_PAGE      4096ull

struct mem {
    uint8_t *ram;
    uint64_t bytes;
    uint64_t low_bytes;
    uint8_t *rom;
    uint64_t rom_bytes;
};

void mem_init(struct mem *mem, void *ram, uint64_t bytes);

/* The last `bytes` of the RAM become ROM; right after mem_init. */
void mem_take_rom(struct mem *mem, uint64_t bytes);

/* Pointer to [gpa, gpa + bytes), or NULL unless all of it is RAM in one piece. */
static inline void *mem_ptr(const struct mem *mem, uint64_t gpa, uint64_t bytes)
{
    if (gpa < mem->low_bytes)
        return bytes <= mem->low_bytes - gpa ? mem->ram + gpa : NULL;
    if (gpa < MEM_HIGH_BASE || gpa - MEM_HIGH_BASE >= mem->bytes - mem->low_bytes ||
        bytes > mem->bytes - mem->low_bytes - (gpa - MEM_HIGH_BASE))
        return NULL;
    return mem->ram + mem->low_bytes + (gpa - MEM_HIGH_BASE);
}

/* Copies; false and nothing done unless the whole range is RAM, or for reading ROM. */
bool mem_read(const struct mem *mem, uint64_t gpa, void *to, uint64_t bytes);
bool mem_write(const struct mem *mem, uint64_t gpa, const void *from, uint64_t bytes);
bool mem_fill(const struct mem *mem, uint64_t gpa, uint8_t value, uint64_t bytes);

#endif
