/* SPDX-License-Identifier: MIT */
/* Is a file a ring-3 program that can be loaded W^X, and how much memory does it take? */
#include <inttypes.h>
#include <stdio.h>
#include <lib/elf.h>
#include "elf_load.h"

#define PAGE 4096ull

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
    if (program_page_down(s->va) < previous_end) {
        snprintf(why, why_size, "the segment at 0x%" PRIx64 " shares a page with the one before",
                 s->va);
        return false;
    }
    return true;
}

/* Judges what can be judged of the whole file; the reason is without its name. */
static bool judge(const struct start_file *file, struct program *out, char *why, size_t why_size)
{
    struct elf_image image;
    struct elf_segment s;
    enum elf_error error = elf_open(&image, (const void *)file->va, file->bytes);
    uint32_t index = 0;
    bool entry_ok = false;

    if (error != ELF_OK || !image.is64 || image.machine != ELF_MACHINE_X86_64 || image.type != ELF_TYPE_EXEC) {
        snprintf(why, why_size, "%s", error != ELF_OK ? elf_reason(error) : "expected a static 64-bit x86 program");
        return false;
    }
    *out = (struct program){ .file = file, .entry = image.entry };
    while (elf_next_load(&image, &index, &s)) {
        if (!segment_ok(&s, out->end, why, why_size))
            return false;
        out->end = program_page_up(s.va + s.mem_bytes);
        if ((s.flags & ELF_FLAG_WRITE) != 0)
            out->pages += (out->end - program_page_down(s.va)) / PAGE;
        if ((s.flags & ELF_FLAG_EXEC) != 0 && image.entry >= s.va &&
            image.entry - s.va < s.mem_bytes)
            entry_ok = true;
    }
    if (!entry_ok)
        snprintf(why, why_size, "its entry point 0x%" PRIx64 " is not in an executable segment", image.entry);
    return entry_ok;
}

bool program_judge(const struct start_file *file, struct program *out, char *why, size_t why_size)
{
    char reason[120];
    bool good = judge(file, out, reason, sizeof(reason));

    if (good)
        why[0] = '\0';
    else
        snprintf(why, why_size, "%s: %s", file->name, reason);
    return good;
}
