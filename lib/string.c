// SPDX-License-Identifier: MIT
// Memory and string functions for programs without a C library.
#include <lib/string.h>

// REP string instructions: the fastest simple form on CPUs with ERMS, and the smallest.
void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    void *at = to;
    size_t words = bytes / 8;
    size_t rest = bytes % 8;

    __asm__ volatile("rep movsq" : "+D"(at), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(rest) : : "memory");
    return to;
}

void *memset(void *at, int byte, size_t bytes)
{
    void *to = at;
    size_t words = bytes / 8;
    size_t rest = bytes % 8;
    unsigned long pattern = 0x0101010101010101ul * (unsigned char)byte;

    __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(pattern) : "memory");
    return at;
}

size_t strlen(const char *text)
{
    size_t n = 0;

    while (text[n])
        n++;
    return n;
}

void string_copy(char *to, size_t size, const char *from)
{
    size_t i = 0;

    if (size == 0)
        return;
    for (; i + 1 < size && from[i]; i++)
        to[i] = from[i];
    to[i] = 0;
}
