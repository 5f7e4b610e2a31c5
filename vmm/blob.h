/* SPDX-License-Identifier: MIT */
/* A byte buffer that tables are written into, little endian; it aborts rather than overflow. */
#ifndef VMM_BLOB_H
#define VMM_BLOB_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct blob {
    uint8_t *bytes;
    uint32_t size, used;
};

static inline void blob_put(struct blob *blob, uint64_t value, unsigned width)
{
    if (width > blob->size - blob->used)
        abort(); /* our own tables outgrew our own buffer */
    for (unsigned i = 0; i < width; i++)
        blob->bytes[blob->used++] = i < 8 ? (uint8_t)(value >> (8 * i)) : 0;
}

static inline void blob_text(struct blob *blob, const char *text, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        blob_put(blob, i < strlen(text) ? (uint8_t)text[i] : 0, 1);
}

static inline void blob_align(struct blob *blob, unsigned alignment)
{
    while (blob->used % alignment != 0)
        blob_put(blob, 0, 1);
}

static inline void blob_set(struct blob *blob, uint32_t at, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        blob->bytes[at + i] = (uint8_t)(value >> (8 * i));
}

/* Makes the bytes [from, to) sum to zero by setting the byte at `at`, which lies among them. */
static inline void blob_checksum(struct blob *blob, uint32_t from, uint32_t to, uint32_t at)
{
    uint8_t sum = 0;

    blob->bytes[at] = 0;
    for (uint32_t i = from; i < to; i++)
        sum += blob->bytes[i];
    blob->bytes[at] = (uint8_t)-sum;
}

#endif
