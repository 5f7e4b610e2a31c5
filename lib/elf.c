/* SPDX-License-Identifier: MIT */
/*
 * Reader of ELF files: every offset is checked against the file's size before it is used, and no
 * sum is formed that could wrap.
 */
#include <lib/elf.h>

#define HEADER_32 52u
#define HEADER_64 64u
#define ENTRY_32  32u
#define ENTRY_64  56u

static uint16_t read16(const uint8_t *bytes)
{
    uint16_t value;

    __builtin_memcpy(&value, bytes, sizeof(value));
    return value;
}

static uint32_t read32(const uint8_t *bytes)
{
    uint32_t value;

    __builtin_memcpy(&value, bytes, sizeof(value));
    return value;
}

static uint64_t read64(const uint8_t *bytes)
{
    uint64_t value;

    __builtin_memcpy(&value, bytes, sizeof(value));
    return value;
}

static bool inside(uint64_t offset, uint64_t bytes, uint64_t size)
{
    return offset <= size && bytes <= size - offset;
}

static enum elf_error refuse(struct elf_image *image, enum elf_error error, uint32_t index,
                             uint64_t from, uint64_t bytes)
{
    image->bad_header = index;
    image->bad_from = from;
    image->bad_to = bytes > UINT64_MAX - from ? UINT64_MAX : from + bytes;
    return error;
}

static enum elf_error read_file_header(struct elf_image *image)
{
    const uint8_t *b = image->bytes;
    static const uint8_t magic[4] = { 0x7f, 'E', 'L', 'F' };

    for (uint32_t i = 0; i < 4; i++)
        if (i >= image->size || b[i] != magic[i])
            return image->size < 4 ? ELF_SHORT : ELF_NOT_ELF;
    if (image->size < HEADER_32)
        return refuse(image, ELF_SHORT, 0, 0, HEADER_32);
    if ((b[4] != 1 && b[4] != 2) || b[5] != 1)
        return ELF_CLASS;
    image->is64 = b[4] == 2;
    if (image->is64 && image->size < HEADER_64)
        return refuse(image, ELF_SHORT, 0, 0, HEADER_64);
    if (b[6] != 1 || read32(b + 20) != 1)
        return ELF_VERSION;

    image->type = read16(b + 16);
    image->machine = read16(b + 18);
    image->entry = image->is64 ? read64(b + 24) : read32(b + 24);
    image->table = image->is64 ? read64(b + 32) : read32(b + 28);
    image->count = read16(b + (image->is64 ? 56 : 44));
    if (image->count == 0)
        return ELF_NO_SEGMENT;
    if (read16(b + (image->is64 ? 54 : 42)) != (image->is64 ? ENTRY_64 : ENTRY_32))
        return ELF_HEADER_TABLE;
    return ELF_OK;
}

static enum elf_error judge_segment(struct elf_image *image, uint32_t index)
{
    uint64_t top = image->is64 ? UINT64_MAX : UINT32_MAX;
    struct elf_segment s;

    elf_header(image, index, &s);
    if (s.type != ELF_LOAD && s.type != ELF_NOTE)
        return ELF_OK;
    if (!inside(s.offset, s.file_bytes, image->size))
        return refuse(image, ELF_SEGMENT_RANGE, index, s.offset, s.file_bytes);
    if (s.type == ELF_NOTE || s.mem_bytes == 0)
        return s.type == ELF_LOAD && s.file_bytes != 0
                   ? refuse(image, ELF_SEGMENT_SIZES, index, s.offset, s.file_bytes)
                   : ELF_OK;
    if (s.file_bytes > s.mem_bytes)
        return refuse(image, ELF_SEGMENT_SIZES, index, s.offset, s.file_bytes);
    if (s.mem_bytes - 1 > top - s.va || s.mem_bytes - 1 > top - s.pa)
        return refuse(image, ELF_SEGMENT_WRAP, index, s.va, s.mem_bytes);
    return ELF_OK;
}

enum elf_error elf_open(struct elf_image *image, const void *bytes, uint64_t size)
{
    *image = (struct elf_image){ .bytes = bytes, .size = size };

    enum elf_error error = read_file_header(image);
    if (error != ELF_OK)
        return error;

    uint64_t table_bytes = (uint64_t)image->count * (image->is64 ? ENTRY_64 : ENTRY_32);
    if (!inside(image->table, table_bytes, size))
        return refuse(image, ELF_TABLE_RANGE, 0, image->table, table_bytes);

    for (uint32_t i = 0; i < image->count; i++) {
        error = judge_segment(image, i);
        if (error != ELF_OK)
            return error;
    }
    struct elf_segment any;
    uint32_t index = 0;
    return elf_next_load(image, &index, &any) ? ELF_OK : ELF_NO_SEGMENT;
}

void elf_header(const struct elf_image *image, uint32_t index, struct elf_segment *out)
{
    const uint8_t *p =
        image->bytes + image->table + (uint64_t)index * (image->is64 ? ENTRY_64 : ENTRY_32);

    out->type = read32(p);
    if (image->is64) {
        out->flags = read32(p + 4);
        out->offset = read64(p + 8);
        out->va = read64(p + 16);
        out->pa = read64(p + 24);
        out->file_bytes = read64(p + 32);
        out->mem_bytes = read64(p + 40);
        out->align = read64(p + 48);
    } else {
        out->offset = read32(p + 4);
        out->va = read32(p + 8);
        out->pa = read32(p + 12);
        out->file_bytes = read32(p + 16);
        out->mem_bytes = read32(p + 20);
        out->flags = read32(p + 24);
        out->align = read32(p + 28);
    }
}

bool elf_next_load(const struct elf_image *image, uint32_t *index, struct elf_segment *out)
{
    while (*index < image->count) {
        elf_header(image, (*index)++, out);
        if (out->type == ELF_LOAD && out->mem_bytes != 0)
            return true;
    }
    return false;
}

static bool same_name(const uint8_t *have, uint32_t bytes, const char *want)
{
    uint32_t i = 0;

    for (; i < bytes && have[i] != 0 && have[i] == (uint8_t)want[i]; i++)
        ;
    return want[i] == 0 && (i == bytes || have[i] == 0);
}

/* Notes are {name size, descriptor size, type} and the two texts, each padded to 4 bytes. */
static bool note_in(const uint8_t *p, uint64_t left, const char *name, uint32_t type,
                    const uint8_t **desc, uint32_t *bytes)
{
    while (left >= 12) {
        uint32_t name_bytes = read32(p), desc_bytes = read32(p + 4);
        uint64_t name_room = ((uint64_t)name_bytes + 3) & ~3ull;
        uint64_t desc_room = ((uint64_t)desc_bytes + 3) & ~3ull;

        if (name_room > left - 12 || desc_bytes > left - 12 - name_room)
            return false;
        if (read32(p + 8) == type && same_name(p + 12, name_bytes, name)) {
            *desc = p + 12 + name_room;
            *bytes = desc_bytes;
            return true;
        }
        uint64_t step = 12 + name_room + desc_room;
        if (step > left)
            return false;
        p += step;
        left -= step;
    }
    return false;
}

bool elf_note(const struct elf_image *image, const char *name, uint32_t type, const uint8_t **desc,
              uint32_t *bytes)
{
    struct elf_segment s;

    for (uint32_t i = 0; i < image->count; i++) {
        elf_header(image, i, &s);
        if (s.type == ELF_NOTE &&
            note_in(image->bytes + s.offset, s.file_bytes, name, type, desc, bytes))
            return true;
    }
    return false;
}

const char *elf_reason(enum elf_error error)
{
    switch (error) {
    case ELF_OK: return "no error";
    case ELF_SHORT: return "truncated: shorter than an ELF header";
    case ELF_NOT_ELF: return "not an ELF file";
    case ELF_CLASS: return "neither 32- nor 64-bit little-endian ELF";
    case ELF_VERSION: return "unknown ELF version";
    case ELF_HEADER_TABLE: return "corrupt: wrong size of the program headers";
    case ELF_TABLE_RANGE: return "truncated: the program header table lies outside the file";
    case ELF_NO_SEGMENT: return "corrupt: no segment to load";
    case ELF_SEGMENT_RANGE: return "truncated: a segment lies outside the file";
    case ELF_SEGMENT_SIZES: return "corrupt: a segment has more bytes in the file than in memory";
    case ELF_SEGMENT_WRAP: return "corrupt: a segment's addresses wrap around";
    }
    return "unknown error";
}
