/* SPDX-License-Identifier: MIT */
/* What a partition wrote, newest at the end. Its memory comes as it is needed. */
#ifndef ROOT_SCROLL_H
#define ROOT_SCROLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCROLL_BYTES 65536u

struct scrollback {
    char *text;       /* room for SCROLL_BYTES in the address space; NULL: nothing is kept */
    size_t bytes;     /* of them there now */
    bool whole;       /* there will be no more */
    uint64_t written; /* bytes ever */
};

void scroll_add(struct scrollback *scroll, const void *bytes, size_t count);

/* The byte at a position from scroll_oldest() up to `written`. */
uint64_t scroll_oldest(const struct scrollback *scroll);
char scroll_at(const struct scrollback *scroll, uint64_t position);

#endif
