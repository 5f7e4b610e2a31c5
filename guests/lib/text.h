/* SPDX-License-Identifier: MIT */
/* The few string functions that guests need, and the four that compilers call by themselves. */
#ifndef GUEST_TEXT_H
#define GUEST_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
size_t strlen(const char *s);

const char *text_after_word(const char *line);              /* behind the first word and its blanks */
bool text_has_word(const char *line, const char *word);     /* word stands in line between blanks */
bool text_find(const char *line, const char *part);         /* part occurs in line */
uint64_t text_value(const char *line, const char *key, uint64_t otherwise); /* key=NUMBER in line */

#endif
