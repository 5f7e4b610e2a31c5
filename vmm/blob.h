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

/* The value in `width` bytes, at most 8. What of it is wider the next one writes over. */
static inline void blob_put(struct blob *blob, uint64_t value, unsigned width)
{
    if (width > blob->size - blob->used)
        abort(); /* our own tables outgrew our own buffer */
    if (blob->size - blob->used >= sizeof(value))
        memcpy(blob->bytes + blob->used, &value, sizeof(value));
    else
        memcpy(blob->bytes + blob->used, &value, width);
    blob->used += width;
}

static inline void blob_zeros(struct blob *blob, unsigned count)
{
    for (; count > 8; count -= 8)
        blob_put(blob, 0, 8);
    blob_put(blob, 0, count);
}

static inline void blob_text(struct blob *blob, const char *text, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        blob_put(blob, *text != 0 ? (uint8_t)*text++ : 0, 1);
}

static inline void blob_align(struct blob *blob, unsigned alignment)
{
    blob_zeros(blob, -blob->used & (alignment - 1));
}

static inline void blob_set(struct blob *blob, uint32_t at, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        blob->bytes[at + i] = (uint8_t)(value >> (8 * i));
}

/* Makes the bytes [from, to) sum to zero by setting the byte at `at`, which lies among them. */
static inline void blob_checksum(struct blob *blob, uint32_t from, uint32_t to, uint32_t at)
{
    const uint64_t every_other = 0x00ff00ff00ff00ffull;
    uint64_t sum = 0, eight;

    blob->bytes[at] = 0;
    for (; to - from >= 8; from += 8) {
        memcpy(&eight, blob->bytes + from, 8);
        sum += ((eight & every_other) + (eight >> 8 & every_other)) * 0x0001000100010001ull >> 48;
    }
    for (; from < to; from++)
        sum += blob->bytes[from];
    blob->bytes[at] = (uint8_t)-sum;
}

#endif
