/* SPDX-License-Identifier: MIT */
/* The memory and string functions that freestanding programs need; the compiler itself calls the first four. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *at, int byte, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
/* Copies at most size - 1 bytes and always ends with NUL. */
void string_copy(char *to, size_t size, const char *from);

#endif
