/* SPDX-License-Identifier: MIT */
/*
 * Reader of cpio archives in the "newc" format: magic 070701, thirteen fields of eight hexadecimal
 * digits, name, data, each padded to four bytes. Pure: bytes in, entries out; it never leaves them.
 */
#ifndef LIB_CPIO_H
#define LIB_CPIO_H

#include <stddef.h>
#include <stdint.h>

#define CPIO_TYPE 0170000u /* of the mode */
#define CPIO_DIR  0040000u
#define CPIO_FILE 0100000u

struct cpio {
    const uint8_t *bytes;
    uint64_t size;
    uint64_t at; /* of the next header */
};

struct cpio_entry {
    uint64_t header;     /* where it begins */
    const char *name;    /* in the archive; ends with NUL there */
    uint32_t name_bytes; /* without the NUL */
    uint32_t mode;
    uint64_t offset, bytes; /* of the data */
};

enum cpio_result { CPIO_ENTRY, CPIO_END, CPIO_BAD };

/* The entry at cpio->at, which moves behind it; CPIO_BAD: `why` says what was found and expected.
 */
enum cpio_result cpio_next(struct cpio *cpio, struct cpio_entry *entry, char *why, size_t why_size);

#endif
