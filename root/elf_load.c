/* SPDX-License-Identifier: MIT */
/* Loading a ring-3 program into a new partition, page by page W^X. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <abi/syscall.h>
#include <lib/elf.h>
#include <user/sys.h>
#include "elf_load.h"
#include "shared.h"

#define PAGE    4096ull
#define SCRATCH (USER_WINDOW_VA + (1ull << 40)) /* where root fills a child's memory */

int64_t memory_filled(int64_t part, uint64_t pages, uint64_t offset, const void *from,
                      uint64_t bytes)
{
    int64_t mem = sys_mem_create((uint64_t)part, pages * PAGE, 0);
    uint64_t span = program_page_up(offset + bytes);
    int64_t result;

    if (mem < 0 || bytes == 0)
        return mem;
    result = sys_mem_map(0, (uint64_t)mem, 0, SCRATCH | MAP_READ | MAP_WRITE, span);
    if (result == 0) {
        memcpy((char *)SCRATCH + offset, from, bytes);
        result = sys_mem_unmap(0, SCRATCH, span);
    }
    if (result == 0)
        return mem;
    sys_handle_close((uint64_t)mem);
    return result;
}

int64_t memory_place(int64_t part, uint64_t va, uint64_t prot, uint64_t pages, uint64_t offset,
                     const void *from, uint64_t bytes)
{
    int64_t mem = memory_filled(part, pages, offset, from, bytes);
    int64_t result;

    if (mem < 0)
        return mem;
    result = sys_mem_map((uint64_t)part, (uint64_t)mem, 0, va | prot, pages * PAGE);
    sys_handle_close((uint64_t)mem);
    return result;
}

/* A segment that nobody writes is the same memory for all who run the program. */
static int64_t segment_place(const struct program *program, int64_t part, const struct elf_segment *s)
{
    uint64_t va = program_page_down(s->va), pages = (program_page_up(s->va + s->mem_bytes) - va) / PAGE;
    uint64_t prot = MAP_READ | ((s->flags & ELF_FLAG_WRITE) != 0 ? MAP_WRITE : 0) |
                    ((s->flags & ELF_FLAG_EXEC) != 0 ? MAP_EXEC : 0);
    const char *from = (const char *)program->file->va + s->offset;
    int64_t mem;

    if ((s->flags & ELF_FLAG_WRITE) != 0)
        return memory_place(part, va, prot, pages, s->va - va, from, s->file_bytes);
    mem = shared_memory(program->file, from, s->file_bytes, s->va - va, pages);
    return mem < 0 ? mem : sys_mem_map((uint64_t)part, (uint64_t)mem, 0, va | prot, pages * PAGE);
}

bool program_load(const struct program *program, int64_t part, char *why, size_t why_size)
{
    struct elf_image image;
    struct elf_segment s;
    uint32_t index = 0;

    if (elf_open(&image, (const void *)program->file->va, program->file->bytes) != ELF_OK)
        return false;
    while (elf_next_load(&image, &index, &s)) {
        int64_t result = segment_place(program, part, &s);

        if (result < 0) {
            snprintf(why, why_size, "%s: segment at 0x%" PRIx64 ": %s", program->file->name, s.va,
                     sys_error(result));
            return false;
        }
    }
    return true;
}
