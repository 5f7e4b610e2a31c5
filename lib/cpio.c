/* SPDX-License-Identifier: MIT */
/* Reader of cpio archives in the "newc" format. */
#include <lib/cpio.h>
#include <lib/fmt.h>
#include <lib/string.h>
#include <stdbool.h>

#define HEADER_BYTES 110u
#define FIELD_BYTES  8u
#define MAGIC        "070701"
#define MAGIC_BYTES  6u
#define TRAILER      "TRAILER!!!"

enum field {
    INO,
    MODE,
    UID,
    GID,
    NLINK,
    MTIME,
    BYTES,
    DEV_MAJOR,
    DEV_MINOR,
    RDEV_MAJOR,
    RDEV_MINOR,
    NAME_BYTES,
    CHECK
};

static uint64_t padded(uint64_t at)
{
    return (at + 3) & ~3ull;
}

static bool hex_digit(uint8_t c, uint32_t *value)
{
    uint8_t letter = c | 0x20;

    *value = c >= '0' && c <= '9' ? (uint32_t)(c - '0') : (uint32_t)(letter - 'a' + 10);
    return (c >= '0' && c <= '9') || (letter >= 'a' && letter <= 'f');
}

/* One number of the header; false: its `*bad`-th byte is no digit. */
static bool field(const uint8_t *header, enum field which, uint32_t *value, uint64_t *bad)
{
    uint64_t from = MAGIC_BYTES + FIELD_BYTES * (unsigned)which;
    uint32_t digit;

    *value = 0;
    for (*bad = from; *bad < from + FIELD_BYTES; ++*bad) {
        if (!hex_digit(header[*bad], &digit))
            return false;
        *value = *value << 4 | digit;
    }
    return true;
}

static enum cpio_result name_of(struct cpio *cpio, struct cpio_entry *e, uint32_t room, char *why,
                                size_t why_size)
{
    uint64_t left = cpio->size - cpio->at - HEADER_BYTES;

    if (room == 0 || room > left) {
        fmt_print(why, why_size, "entry at 0x%lx: found a name of %u bytes, expected 1 to %lu",
                  e->header, room, left);
        return CPIO_BAD;
    }
    e->name = (const char *)cpio->bytes + cpio->at + HEADER_BYTES;
    if (e->name[room - 1] != '\0') {
        fmt_print(why, why_size, "entry at 0x%lx: found a name that does not end with a zero",
                  e->header);
        return CPIO_BAD;
    }
    e->name_bytes = (uint32_t)strlen(e->name);
    e->offset = padded(cpio->at + HEADER_BYTES + room);
    if (e->offset <= cpio->size && e->bytes <= cpio->size - e->offset)
        return CPIO_ENTRY;
    fmt_print(
        why, why_size,
        "entry at 0x%lx: found %lu bytes of data at 0x%lx, expected them within the %lu of the file",
        e->header, e->bytes, e->offset, cpio->size);
    return CPIO_BAD;
}

enum cpio_result cpio_next(struct cpio *cpio, struct cpio_entry *e, char *why, size_t why_size)
{
    const uint8_t *header = cpio->bytes + cpio->at;
    uint32_t bytes, room;
    uint64_t bad;

    *e = (struct cpio_entry){ .header = cpio->at };
    if (cpio->at > cpio->size || cpio->size - cpio->at < HEADER_BYTES) {
        fmt_print(why, why_size, "found its end at 0x%lx, expected another entry there",
                  cpio->size);
        return CPIO_BAD;
    }
    if (memcmp(header, MAGIC, MAGIC_BYTES) != 0) {
        fmt_print(why, why_size, "found no cpio entry (magic " MAGIC ") at 0x%lx", e->header);
        return CPIO_BAD;
    }
    if (!field(header, MODE, &e->mode, &bad) || !field(header, BYTES, &bytes, &bad) ||
        !field(header, NAME_BYTES, &room, &bad)) {
        fmt_print(why, why_size, "entry at 0x%lx: found byte 0x%x, expected a hexadecimal digit",
                  e->header, (unsigned)header[bad]);
        return CPIO_BAD;
    }
    e->bytes = bytes;
    if (name_of(cpio, e, room, why, why_size) == CPIO_BAD)
        return CPIO_BAD;
    cpio->at = padded(e->offset + e->bytes);
    return strcmp(e->name, TRAILER) == 0 ? CPIO_END : CPIO_ENTRY;
}
