/* SPDX-License-Identifier: MIT */
/* Which boot protocol an image wants, and what the loaders share. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <lib/elf.h>
#include "load.h"

void load_report(struct load *load, const struct load_file *file, const char *format, ...)
{
    int used = snprintf(load->error, sizeof(load->error), "%s: ", file->name);
    va_list args;

    if (used < 0 || (size_t)used >= sizeof(load->error))
        return;
    va_start(args, format);
    vsnprintf(load->error + used, sizeof(load->error) - (size_t)used, format, args);
    va_end(args);
}

enum load_kind load_recognise(const struct load_file *file)
{
    const uint8_t *mark = load_bytes(file, 0x202, 4);

    if (mark != NULL && memcmp(mark, "HdrS", 4) == 0 && file->bytes[0x1fe] == 0x55 &&
        file->bytes[0x1ff] == 0xaa)
        return LOAD_LINUX;
    if (load_has_pvh(file))
        return LOAD_PVH;
    if (load_has_multiboot(file))
        return LOAD_MULTIBOOT;
    return LOAD_UNKNOWN;
}

static bool load_unknown(struct load *load)
{
    struct elf_image elf;
    enum elf_error error = elf_open(&elf, load->kernel.bytes, load->kernel.size);

    if (load->kernel.size == 0)
        return load_fail(load, &load->kernel, "the file is empty");
    if (error == ELF_OK)
        return load_fail(load, &load->kernel,
                         "an ELF file with neither a PVH note nor a multiboot header: nothing tells how to boot it");
    if (error != ELF_NOT_ELF && error != ELF_SHORT)
        return load_fail(load, &load->kernel, "ELF file: %s", elf_reason(error));
    return load_fail(load, &load->kernel,
                     "unknown kind of image: wanted bzImage (HdrS), ELF with PVH note, or multiboot header");
}

bool load_image(struct load *load, enum load_kind kind)
{
    layout_init(&load->layout, load->mem);
    load->error[0] = 0;
    if (kind == LOAD_AUTO)
        kind = load_recognise(&load->kernel);
    switch (kind) {
    case LOAD_LINUX: return load_linux(load);
    case LOAD_PVH: return load_pvh(load);
    case LOAD_MULTIBOOT: return load_multiboot(load);
    default: return load_unknown(load);
    }
}

bool load_elf_segments(struct load *load, const struct elf_image *elf)
{
    struct elf_segment segment;
    uint32_t index = 0;

    while (elf_next_load(elf, &index, &segment)) {
        uint8_t *to = mem_ptr(load->mem, segment.pa, segment.mem_bytes);

        if (to == NULL || !layout_take(&load->layout, segment.pa, segment.mem_bytes))
            return load_fail(load, &load->kernel,
                             "segment at 0x%llx, 0x%llx bytes, is not in free RAM (1 MiB to 0x%llx) or "
                             "overlaps another",
                             (unsigned long long)segment.pa, (unsigned long long)segment.mem_bytes,
                             (unsigned long long)load->mem->low_bytes);
        memcpy(to, elf->bytes + segment.offset, segment.file_bytes);
        memset(to + segment.file_bytes, 0, segment.mem_bytes - segment.file_bytes);
    }
    return true;
}
