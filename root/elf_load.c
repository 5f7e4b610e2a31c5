/* SPDX-License-Identifier: MIT */
/* Loading a ring-3 program into a new partition, page by page W^X. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <abi/syscall.h>
#include <lib/elf.h>
#include <user/sys.h>
#include "elf_load.h"

#define PAGE    4096ull
#define SCRATCH (USER_WINDOW_VA + (1ull << 40)) /* where root fills a child's memory */

int64_t memory_place(int64_t part, uint64_t va, uint64_t prot, uint64_t pages, uint64_t offset,
                     const void *from, uint64_t bytes)
{
    int64_t mem = sys_mem_create((uint64_t)part, pages * PAGE, 0);
    int64_t result = 0;

    if (mem < 0)
        return mem;
    if (bytes != 0) {
        uint64_t span = program_page_up(offset + bytes);

        result = sys_mem_map(0, (uint64_t)mem, 0, SCRATCH | MAP_READ | MAP_WRITE, span);
        if (result == 0) {
            memcpy((char *)SCRATCH + offset, from, bytes);
            result = sys_mem_unmap(0, SCRATCH, span);
        }
    }
    if (result == 0)
        result = sys_mem_map((uint64_t)part, (uint64_t)mem, 0, va | prot, pages * PAGE);
    sys_handle_close((uint64_t)mem);
    return result;
}

bool program_load(const struct program *program, int64_t part, char *why, size_t why_size)
{
    struct elf_image image;
    struct elf_segment s;
    uint32_t index = 0;

    if (elf_open(&image, (const void *)program->file->va, program->file->bytes) != ELF_OK)
        return false;
    while (elf_next_load(&image, &index, &s)) {
        uint64_t va = program_page_down(s.va);
        uint64_t prot = ((s.flags & ELF_FLAG_READ) != 0 ? MAP_READ : 0) |
                        ((s.flags & ELF_FLAG_WRITE) != 0 ? MAP_WRITE : 0) |
                        ((s.flags & ELF_FLAG_EXEC) != 0 ? MAP_EXEC : 0);
        int64_t result = memory_place(part, va, prot, (program_page_up(s.va + s.mem_bytes) - va) / PAGE,
                                      s.va - va, (const char *)program->file->va + s.offset,
                                      s.file_bytes);

        if (result < 0) {
            snprintf(why, why_size, "%s: segment at 0x%" PRIx64 ": %s", program->file->name, s.va,
                     sys_error(result));
            return false;
        }
    }
    return true;
}
