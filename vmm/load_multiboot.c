/* SPDX-License-Identifier: MIT */
/* Multiboot 1 (Multiboot Specification 0.6.96): ELF32, ELF64 by physical address, or address fields. */
#include <string.h>
#include <lib/elf.h>
#include "boot_state.h"
#include "load.h"
#include "multiboot_info.h"

#define HEADER_MAGIC  0x1badb002u
#define LOADER_MAGIC  0x2badb002u
#define HEADER_SEARCH 8192u
#define HEADER_BYTES  12u

#define FLAG_ALIGN     (1u << 0)
#define FLAG_MEMORY    (1u << 1)
#define FLAG_VIDEO     (1u << 2)
#define FLAG_ADDRESSES (1u << 16)
#define FLAGS_REQUIRED 0xffffu
#define VIDEO_TEXT     1u

struct multiboot_header {
    uint64_t offset; /* in the file */
    uint32_t flags;
    uint32_t header_addr, load_addr, load_end, bss_end, entry; /* FLAG_ADDRESSES */
    uint32_t video_mode;
};

static bool find_header(const struct load_file *file, struct multiboot_header *header)
{
    for (uint64_t at = 0; at + HEADER_BYTES <= HEADER_SEARCH; at += 4) {
        const uint8_t *p = load_bytes(file, at, HEADER_BYTES);

        if (p == NULL)
            return false;
        if (load_u32(p) != HEADER_MAGIC || load_u32(p) + load_u32(p + 4) + load_u32(p + 8) != 0)
            continue;
        *header = (struct multiboot_header){ .offset = at, .flags = load_u32(p + 4) };
        return true;
    }
    return false;
}

bool load_has_multiboot(const struct load_file *file)
{
    struct multiboot_header header;

    return find_header(file, &header);
}

static bool judge_flags(struct load *load, struct multiboot_header *header)
{
    const uint8_t *p = load_bytes(&load->kernel, header->offset + 32, 4);

    if (header->flags & FLAGS_REQUIRED & ~(FLAG_ALIGN | FLAG_MEMORY | FLAG_VIDEO))
        return load_fail(load, &load->kernel, "multiboot header asks for unknown features: flags 0x%x",
                         header->flags);
    if (!(header->flags & FLAG_VIDEO))
        return true;
    if (p == NULL)
        return load_fail(load, &load->kernel, "truncated: multiboot header with video fields ends behind the file");
    if (load_u32(p) != VIDEO_TEXT)
        return load_fail(load, &load->kernel,
                         "multiboot header asks for a graphics mode (type %u); only text is offered", load_u32(p));
    return true;
}

static bool judge_addresses(struct load *load, struct multiboot_header *h)
{
    const uint8_t *p = load_bytes(&load->kernel, h->offset + 12, 20);

    if (p == NULL)
        return load_fail(load, &load->kernel, "truncated: multiboot address fields end behind the file");
    h->header_addr = load_u32(p);
    h->load_addr = load_u32(p + 4);
    h->load_end = load_u32(p + 8);
    h->bss_end = load_u32(p + 12);
    h->entry = load_u32(p + 16);
    if (h->load_addr > h->header_addr || h->header_addr - h->load_addr > h->offset)
        return load_fail(load, &load->kernel,
                         "corrupt: multiboot load address 0x%x does not fit to header address 0x%x at file "
                         "offset 0x%llx",
                         h->load_addr, h->header_addr, (unsigned long long)h->offset);
    if ((h->load_end != 0 && h->load_end < h->load_addr) || (h->bss_end != 0 && h->bss_end < h->load_end))
        return load_fail(load, &load->kernel, "corrupt: multiboot addresses are not in order: 0x%x 0x%x 0x%x",
                         h->load_addr, h->load_end, h->bss_end);
    return true;
}

/* The image is not ELF, or says where it wants to be in spite of it ("a.out kludge"). */
static bool load_by_addresses(struct load *load, struct multiboot_header *h, uint64_t *entry)
{
    uint64_t from, bytes, span;

    if (!judge_addresses(load, h))
        return false;
    from = h->offset - (h->header_addr - h->load_addr);
    bytes = h->load_end != 0 ? h->load_end - h->load_addr : load->kernel.size - from;
    if (load_bytes(&load->kernel, from, bytes) == NULL)
        return load_fail(load, &load->kernel,
                         "truncated: multiboot header loads 0x%llx bytes from 0x%llx, file has 0x%llx",
                         (unsigned long long)bytes, (unsigned long long)from, (unsigned long long)load->kernel.size);
    span = h->bss_end != 0 ? h->bss_end - h->load_addr : bytes;
    if (span < bytes)
        span = bytes;
    if (!layout_take(&load->layout, h->load_addr, span))
        return load_fail(load, &load->kernel, "image at 0x%x, 0x%llx bytes, is not in free RAM (1 MiB to 0x%llx)",
                         h->load_addr, (unsigned long long)span, (unsigned long long)load->mem->low_bytes);
    mem_write(load->mem, h->load_addr, load->kernel.bytes + from, bytes);
    mem_fill(load->mem, h->load_addr + bytes, 0, span - bytes);
    *entry = h->entry;
    return true;
}

/* The ELF entry is a virtual address; where a segment holds it, it is moved to the physical one. */
static uint64_t physical_entry(const struct elf_image *elf)
{
    struct elf_segment segment;
    uint32_t index = 0;

    while (elf_next_load(elf, &index, &segment))
        if (elf->entry >= segment.va && elf->entry - segment.va < segment.mem_bytes)
            return elf->entry - segment.va + segment.pa;
    return elf->entry;
}

static bool load_by_elf(struct load *load, uint64_t *entry)
{
    struct elf_image elf;
    enum elf_error error = elf_open(&elf, load->kernel.bytes, load->kernel.size);

    if (error != ELF_OK)
        return load_fail(load, &load->kernel, "multiboot image without address fields: %s", elf_reason(error));
    *entry = physical_entry(&elf);
    return load_elf_segments(load, &elf);
}

bool load_multiboot(struct load *load)
{
    struct multiboot_header header;
    uint64_t entry, info;
    bool loaded;

    if (!find_header(&load->kernel, &header))
        return load_fail(load, &load->kernel, "no multiboot header in the first 8192 bytes");
    if (!judge_flags(load, &header))
        return false;
    loaded = header.flags & FLAG_ADDRESSES ? load_by_addresses(load, &header, &entry) : load_by_elf(load, &entry);
    if (!loaded)
        return false;
    if (mem_ptr(load->mem, entry, 1) == NULL || layout_is_free(&load->layout, entry, 1))
        return load_fail(load, &load->kernel, "entry point 0x%llx lies outside the loaded image",
                         (unsigned long long)entry);
    if (!multiboot_info_write(load, &info))
        return false;
    boot_state_flat32(load->state, entry, 0x08, 0x10);
    load->state->gpr[GPR_RAX] = LOADER_MAGIC;
    load->state->gpr[GPR_RBX] = info;
    return true;
}
