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

int64_t memory_show(int64_t mem, uint64_t bytes)
{
    return sys_mem_map(0, (uint64_t)mem, 0, (uint64_t)MEMORY_SHOWN | MAP_READ | MAP_WRITE, program_page_up(bytes));
}

int64_t memory_hide(uint64_t bytes)
{
    return sys_mem_unmap(0, (uint64_t)MEMORY_SHOWN, program_page_up(bytes));
}

int64_t memory_filled(int64_t part, uint64_t pages, uint64_t offset, const void *from,
                      uint64_t bytes)
{
    int64_t mem = sys_mem_create((uint64_t)part, pages * PAGE, 0);
    int64_t result;

    if (mem < 0 || bytes == 0)
        return mem;
    result = memory_show(mem, offset + bytes);
    if (result == 0) {
        memcpy(MEMORY_SHOWN + offset, from, bytes);
        result = memory_hide(offset + bytes);
    }
    if (result == 0)
        return mem;
    sys_handle_close((uint64_t)mem);
    return result;
}

/* The pages of a segment. */
static uint64_t segment_begin(const struct elf_segment *s)
{
    return program_page_down(s->va);
}

static uint64_t segment_bytes(const struct elf_segment *s)
{
    return program_page_up(s->va + s->mem_bytes) - segment_begin(s);
}

static bool own(const struct elf_segment *s)
{
    return (s->flags & ELF_FLAG_WRITE) != 0;
}

/* A segment that nobody writes is the same memory for all who run the program. */
static int64_t segment_memory(const struct program *program, const struct elf_segment *s, int64_t mem)
{
    const char *from = (const char *)program->file->va + s->offset;

    return own(s) ? mem : shared_memory(program->file, from, s->file_bytes, s->va - segment_begin(s),
                                        segment_bytes(s) / PAGE);
}

bool program_load(const struct program *program, int64_t part, int64_t mem, uint64_t offset, char *why, size_t why_size)
{
    struct elf_image image;
    struct elf_segment s;
    uint32_t index = 0;

    if (elf_open(&image, (const void *)program->file->va, program->file->bytes) != ELF_OK)
        return false;
    while (elf_next_load(&image, &index, &s)) {
        uint64_t prot = MAP_READ | (own(&s) ? MAP_WRITE : 0) | ((s.flags & ELF_FLAG_EXEC) != 0 ? MAP_EXEC : 0);
        int64_t result = segment_memory(program, &s, mem);

        if (result >= 0)
            result = sys_mem_map((uint64_t)part, (uint64_t)result, own(&s) ? offset : 0, segment_begin(&s) | prot,
                                 segment_bytes(&s));
        if (result < 0) {
            snprintf(why, why_size, "%s: segment at 0x%" PRIx64 ": %s", program->file->name, s.va,
                     sys_error(result));
            return false;
        }
        offset += own(&s) ? segment_bytes(&s) : 0;
    }
    return true;
}

void program_fill(const struct program *program, char *to)
{
    struct elf_image image;
    struct elf_segment s;
    uint32_t index = 0;

    if (elf_open(&image, (const void *)program->file->va, program->file->bytes) != ELF_OK)
        return;
    while (elf_next_load(&image, &index, &s)) {
        if (!own(&s))
            continue;
        memcpy(to + (s.va - segment_begin(&s)), (const char *)program->file->va + s.offset, s.file_bytes);
        to += segment_bytes(&s);
    }
}
