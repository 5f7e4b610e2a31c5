/* SPDX-License-Identifier: MIT */
/* The commands of the shell, and how a line becomes one. */
#ifndef CTR_SHELL_H
#define CTR_SHELL_H

#include <stdbool.h>
#include <stddef.h>

#define MAX_WORDS 32

struct command {
    const char *name;
    int least, most; /* arguments */
    const char *usage, *does;
    int (*run)(int count, char **word); /* 0, or what went wrong has been said */
};

extern const struct command commands[];

/* line.c: one line from the console with echo and editing; false: there will be none. */
bool line_read(const char *prompt, char *text, size_t size);

/* words.c: split into words, "..." being one; -1: an unfinished quotation, or too many. */
int words_split(char *text, char **word);

#endif
