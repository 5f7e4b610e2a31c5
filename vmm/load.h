/* SPDX-License-Identifier: MIT */
/*
 * Image loaders: each reads an opaque file into guest RAM by one boot protocol and sets the state
 * in which the guest's first CPU starts. Files are hostile: every field is judged before use.
 */
#ifndef VMM_LOAD_H
#define VMM_LOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <abi/vcpu_page.h>
#include "layout.h"
#include "mem.h"

#define LOAD_MAX_MODULES 16
#define LOAD_ERROR_BYTES 256

struct load_file {
    const char *name;
    const uint8_t *bytes;
    uint64_t size;
};

struct load_module {
    struct load_file file;
    const char *args; /* its command line, the file's name first */
};

struct load {
    /* in */
    const struct mem *mem;
    struct load_file kernel;
    struct load_file firmware; /* or none: bytes NULL */
    uint32_t signature;        /* of the CPU, which it tells in EDX after reset */
    const char *cmdline;
    struct load_module module[LOAD_MAX_MODULES]; /* Linux: all of them together are the initrd */
    unsigned module_count;
    /* out */
    struct vcpu_state *state;
    struct layout layout;
    char error[LOAD_ERROR_BYTES]; /* "vmlinuz: truncated: ..." when a loader returns false */
};

enum load_kind { LOAD_AUTO, LOAD_LINUX, LOAD_PVH, LOAD_MULTIBOOT, LOAD_UNKNOWN };

/* What the kernel file is by its own marks; LOAD_UNKNOWN when it has none. */
enum load_kind load_recognise(const struct load_file *file);

/* Load by the protocol `kind` (LOAD_AUTO: as recognised). RAM holds zeros before. */
bool load_image(struct load *load, enum load_kind kind);

bool load_linux(struct load *load);
bool load_pvh(struct load *load);
bool load_multiboot(struct load *load);
bool load_has_multiboot(const struct load_file *file);
bool load_has_pvh(const struct load_file *file);

/* For loaders: set the error to "FILE: text"; load_fail(...) does it and is false. */
void load_report(struct load *load, const struct load_file *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#define load_fail(...) (load_report(__VA_ARGS__), false)

/* ELF segments by physical address into RAM, and reserved in the layout. */
struct elf_image;
bool load_elf_segments(struct load *load, const struct elf_image *elf);

/* A range of the file, or NULL when it leaves it. */
static inline const uint8_t *load_bytes(const struct load_file *file, uint64_t offset, uint64_t bytes)
{
    return offset <= file->size && bytes <= file->size - offset ? file->bytes + offset : (void *)0;
}

static inline uint32_t load_u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

#endif
