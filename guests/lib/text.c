// SPDX-License-Identifier: MIT
// String functions of the guests.
#include <guest/text.h>

void *memcpy(void *to, const void *from, size_t bytes)
{
    void *start = to;
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes)::"memory");
    return start;
}

void *memmove(void *to, const void *from, size_t bytes)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    if (t <= f || t >= f + bytes)
        return memcpy(to, from, bytes);
    while (bytes--)
        *(volatile uint8_t *)(t + bytes) = f[bytes];
    return to;
}

void *memset(void *to, int value, size_t bytes)
{
    void *start = to;
    asm volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
    return start;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
    const volatile uint8_t *x = a, *y = b;
    for (; bytes; bytes--, x++, y++)
        if (*x != *y)
            return *x < *y ? -1 : 1;
    return 0;
}

size_t strlen(const char *s)
{
    size_t n = 0;
    while (((const volatile char *)s)[n])
        n++;
    return n;
}

const char *text_after_word(const char *line)
{
    while (*line && *line != ' ')
        line++;
    while (*line == ' ')
        line++;
    return line;
}

static bool starts(const char *line, const char *part)
{
    while (*part)
        if (*line++ != *part++)
            return false;
    return true;
}

bool text_has_word(const char *line, const char *word)
{
    for (; *line; line = text_after_word(line)) {
        char end = starts(line, word) ? line[strlen(word)] : 'x';
        if (end == 0 || end == ' ')
            return true;
    }
    return false;
}

bool text_find(const char *line, const char *part)
{
    for (;; line++) {
        if (starts(line, part))
            return true;
        if (!*line)
            return false;
    }
}

uint64_t text_value(const char *line, const char *key, uint64_t otherwise)
{
    for (; *line; line = text_after_word(line)) {
        if (!starts(line, key) || line[strlen(key)] != '=')
            continue;
        uint64_t v = 0;
        for (line += strlen(key) + 1; *line >= '0' && *line <= '9'; line++)
            v = v * 10 + (uint64_t)(*line - '0');
        return v;
    }
    return otherwise;
}
