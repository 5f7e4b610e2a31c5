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

static uint64_t page_down(uint64_t va)
{
    return va & ~(PAGE - 1);
}

static uint64_t page_up(uint64_t va)
{
    return (va + PAGE - 1) & ~(PAGE - 1);
}

static bool segment_ok(const struct elf_segment *s, uint64_t previous_end, char *why,
                       size_t why_size)
{
    if (s->va < USER_IMAGE_VA || s->va >= FILES_VA || s->mem_bytes > FILES_VA - s->va) {
        snprintf(why, why_size, "a segment at 0x%" PRIx64 " lies outside 0x%llx to 0x%llx", s->va,
                 USER_IMAGE_VA, FILES_VA);
        return false;
    }
    if ((s->flags & ELF_FLAG_WRITE) != 0 && (s->flags & ELF_FLAG_EXEC) != 0) {
        snprintf(why, why_size, "the segment at 0x%" PRIx64 " is both writable and executable",
                 s->va);
        return false;
    }
    if (page_down(s->va) < previous_end) {
        snprintf(why, why_size, "the segment at 0x%" PRIx64 " shares a page with the one before",
                 s->va);
        return false;
    }
    return true;
}

bool program_judge(const struct start_file *file, struct program *out, char *why, size_t why_size)
{
    struct elf_image image;
    struct elf_segment s;
    enum elf_error error = elf_open(&image, (const void *)file->va, file->bytes);
    uint32_t index = 0;
    bool entry_ok = false;

    if (error != ELF_OK) {
        snprintf(why, why_size, "%s: %s", file->name, elf_reason(error));
        return false;
    }
    if (!image.is64 || image.machine != ELF_MACHINE_X86_64 || image.type != ELF_TYPE_EXEC) {
        snprintf(why, why_size, "%s: expected a static 64-bit x86 program", file->name);
        return false;
    }
    *out = (struct program){ .file = file, .entry = image.entry };
    while (elf_next_load(&image, &index, &s)) {
        int used = snprintf(why, why_size, "%s: ", file->name);

        if (!segment_ok(&s, out->end, why + used, why_size - (size_t)used))
            return false;
        out->end = page_up(s.va + s.mem_bytes);
        out->pages += (out->end - page_down(s.va)) / PAGE;
        if ((s.flags & ELF_FLAG_EXEC) != 0 && image.entry >= s.va &&
            image.entry - s.va < s.mem_bytes)
            entry_ok = true;
    }
    if (entry_ok)
        why[0] = '\0';
    else
        snprintf(why, why_size, "%s: its entry point 0x%" PRIx64 " is not in an executable segment",
                 file->name, image.entry);
    return entry_ok;
}

int64_t memory_place(int64_t part, uint64_t va, uint64_t prot, uint64_t pages, uint64_t offset,
                     const void *from, uint64_t bytes)
{
    int64_t mem = sys_mem_create((uint64_t)part, pages * PAGE, 0);
    int64_t result = 0;

    if (mem < 0)
        return mem;
    if (bytes != 0) {
        uint64_t span = page_up(offset + bytes);

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
        uint64_t va = page_down(s.va);
        uint64_t prot = ((s.flags & ELF_FLAG_READ) != 0 ? MAP_READ : 0) |
                        ((s.flags & ELF_FLAG_WRITE) != 0 ? MAP_WRITE : 0) |
                        ((s.flags & ELF_FLAG_EXEC) != 0 ? MAP_EXEC : 0);
        int64_t result = memory_place(part, va, prot, (page_up(s.va + s.mem_bytes) - va) / PAGE,
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
