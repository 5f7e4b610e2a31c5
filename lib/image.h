/* SPDX-License-Identifier: MIT */
/* Judging a container image (<abi/image.h>) as a whole before anything of it is used. Pure. */
#ifndef LIB_IMAGE_H
#define LIB_IMAGE_H

#include <abi/image.h>
#include <lib/cpio.h>
#include <lib/manifest.h>
#include <lib/sha256.h>

struct image {
    const uint8_t *bytes;
    uint64_t size;
    char digest[SHA256_TEXT]; /* what names it */
    struct manifest manifest;
    uint64_t program_offset, program_bytes;
    uint64_t files_at; /* where the entries of the tree begin */
    uint32_t file_count;
    uint32_t list_bytes; /* what image_list() needs */
};

/* Does it begin like an image? Otherwise it is taken for a bare ELF. */
bool image_recognise(const void *bytes, uint64_t size);

/* Judge the whole file, its digest too; false: `why` says what was found and what was expected. */
bool image_open(struct image *image, const void *bytes, uint64_t size, char *why, size_t why_size);

/* The list of its files into image->list_bytes bytes at `to`, which is aligned to 8. */
void image_list(const struct image *image, struct image_list *to);

#endif
