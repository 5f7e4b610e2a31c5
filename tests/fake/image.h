/* SPDX-License-Identifier: MIT */
/* A container image made entry by entry, right or wrong, for host tests and fuzzers. */
#ifndef FAKE_IMAGE_H
#define FAKE_IMAGE_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <abi/image.h>
#include <lib/sha256.h>

struct fake_image {
    uint8_t bytes[64 * 1024];
    uint64_t size;
};

static inline void fake_pad(struct fake_image *f)
{
    while (f->size % 4 != 0)
        f->bytes[f->size++] = 0;
}

/* An entry whose content begins at a multiple of `align`. */
static inline void fake_entry(struct fake_image *f, const char *name, uint32_t mode,
                              const void *content, uint32_t bytes, uint32_t align)
{
    uint32_t room = (uint32_t)strlen(name) + 1;
    uint64_t data = f->size + 110 + room;

    room += (uint32_t)((align - data % align) % align);
    snprintf((char *)f->bytes + f->size, 111,
             "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1, mode, 0, 0, 1, 0,
             bytes, 0, 0, 0, 0, room, 0);
    memset(f->bytes + f->size + 110, 0, room);
    memcpy(f->bytes + f->size + 110, name, strlen(name));
    f->size += 110 + room;
    fake_pad(f);
    if (bytes != 0)
        memcpy(f->bytes + f->size, content, bytes);
    f->size += bytes;
    fake_pad(f);
}

#define FAKE_DIGEST_AT  128u /* 110 of header, 16 of name, 2 of padding */
#define FAKE_DIGEST_END 196u /* its 65 bytes, padded */

static inline void fake_begin(struct fake_image *f, const char *manifest)
{
    static const char zeros[] =
        "0000000000000000000000000000000000000000000000000000000000000000\n";

    f->size = 0;
    fake_entry(f, IMAGE_DIGEST, 0100444, zeros, 65, 4);
    fake_entry(f, IMAGE_MANIFEST, 0100444, manifest, (uint32_t)strlen(manifest), 4);
    fake_entry(f, IMAGE_PROGRAM, 0100555, "\177ELF", 4, IMAGE_PAGE);
    fake_entry(f, IMAGE_FILES, 0040555, "", 0, 4);
}

static inline void fake_seal(struct fake_image *f)
{
    char digest[SHA256_TEXT];

    sha256_text(f->bytes + FAKE_DIGEST_END, f->size - FAKE_DIGEST_END, digest);
    memcpy(f->bytes + FAKE_DIGEST_AT, digest, 64);
}

static inline void fake_end(struct fake_image *f)
{
    fake_entry(f, "TRAILER!!!", 0, "", 0, 4);
    fake_seal(f);
}

#endif
