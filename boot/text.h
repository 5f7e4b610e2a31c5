/* SPDX-License-Identifier: MIT */
/*
 * Words of the command line (see text.c).
 */
#ifndef BOOT_TEXT_H
#define BOOT_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Appends as much as fits; the result always ends in NUL. Returns its length. */
unsigned text_append(char *out, unsigned room, const char *more);

/* What follows "name=" in a line of words, or NULL. */
const char *text_option(const char *line, const char *name);

/* A number with an optional K, M or G, up to a blank or the end; 0 when it is not one. */
uint64_t text_size(const char *word);

#endif
