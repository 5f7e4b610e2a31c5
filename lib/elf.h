/* SPDX-License-Identifier: MIT */
/*
 * Reader of ELF files (System V ABI, chapters 4 and 5), 32- and 64-bit, little endian.
 * Pure: it looks at bytes in memory and changes nothing. elf_open() judges the header and every
 * program header once; after that the accessors cannot leave the file.
 */
#ifndef LIB_ELF_H
#define LIB_ELF_H

#include <stdbool.h>
#include <stdint.h>

enum elf_error {
    ELF_OK,
    ELF_SHORT,         /* smaller than an ELF header */
    ELF_NOT_ELF,       /* no magic */
    ELF_CLASS,         /* neither 32- nor 64-bit, or not little endian */
    ELF_VERSION,       /* header version is not 1 */
    ELF_HEADER_TABLE,  /* size of a program header entry is wrong */
    ELF_TABLE_RANGE,   /* program header table leaves the file */
    ELF_NO_SEGMENT,    /* nothing to load */
    ELF_SEGMENT_RANGE, /* a segment's file bytes leave the file */
    ELF_SEGMENT_SIZES, /* more bytes in the file than in memory */
    ELF_SEGMENT_WRAP,  /* a segment's addresses wrap around */
};

#define ELF_TYPE_EXEC 2u
#define ELF_TYPE_DYN  3u

#define ELF_MACHINE_386    3u
#define ELF_MACHINE_X86_64 62u

#define ELF_LOAD 1u
#define ELF_NOTE 4u

#define ELF_FLAG_EXEC  1u
#define ELF_FLAG_WRITE 2u
#define ELF_FLAG_READ  4u

struct elf_image {
    const uint8_t *bytes;
    uint64_t size;
    uint64_t entry;
    uint64_t table; /* file offset of the program headers */
    uint32_t count;
    uint16_t type;
    uint16_t machine;
    bool is64;
    /* which program header elf_open() refused, and the bytes [from, to) it asked for */
    uint32_t bad_header;
    uint64_t bad_from, bad_to;
};

struct elf_segment {
    uint32_t type;  /* ELF_LOAD, ELF_NOTE, ... */
    uint32_t flags; /* ELF_FLAG_* */
    uint64_t offset;
    uint64_t va;
    uint64_t pa;
    uint64_t file_bytes;
    uint64_t mem_bytes;
    uint64_t align;
};

/* Judges the file and fills *image; on an error image->bad_* tell which part it was. */
enum elf_error elf_open(struct elf_image *image, const void *bytes, uint64_t size);

/* Program header index (below image->count) of an opened image. */
void elf_header(const struct elf_image *image, uint32_t index, struct elf_segment *out);

/* Next loadable segment that is not empty, from *index on; *index moves past it. False at the end. */
bool elf_next_load(const struct elf_image *image, uint32_t *index, struct elf_segment *out);

/* Finds the note name/type in any PT_NOTE. False when there is none. */
bool elf_note(const struct elf_image *image, const char *name, uint32_t type, const uint8_t **desc,
              uint32_t *bytes);

/* What was wrong, in a few words. */
const char *elf_reason(enum elf_error error);

#endif
