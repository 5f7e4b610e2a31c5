/* SPDX-License-Identifier: MIT */
/*
 * The manifest of a container image: `key = value` lines, `#` comments. What the container asks
 * for; all that it may touch is named here. Pure: text in, struct manifest or a reason out.
 */
#ifndef LIB_MANIFEST_H
#define LIB_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MANIFEST_NAME     32u /* with the NUL */
#define MANIFEST_ARGS     512u
#define MANIFEST_SETTINGS 1024u
#define MANIFEST_SERVICES 8u

struct manifest {
    char name[MANIFEST_NAME];
    char args[MANIFEST_ARGS];
    /* "env = NAME=VALUE\n" and "storage = BYTES\n" lines: what its run-time is told */
    char settings[MANIFEST_SETTINGS];
    uint64_t memory;   /* bytes of heap, whole pages; 0 = not asked for */
    uint64_t storage;  /* of these at most so many hold files that it writes */
    uint32_t priority; /* one above: 0 = not asked for */
    uint32_t budget;   /* percent; 0 = not asked for */
    char offer[MANIFEST_SERVICES][MANIFEST_NAME];   /* services that it offers */
    char connect[MANIFEST_SERVICES][MANIFEST_NAME]; /* services that it uses */
    uint32_t offer_count, connect_count;
};

/* false: `why` says which line, what was found and what was expected. */
bool manifest_parse(const char *text, size_t bytes, struct manifest *out, char *why,
                    size_t why_size);

/* A size such as 64K or 3M, up to 1T, rounded up to whole pages. */
bool manifest_size(const char *text, uint64_t *value);

#endif
