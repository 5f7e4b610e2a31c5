// SPDX-License-Identifier: MIT
// Memory and string functions that ring 0 does without.
#include <lib/string.h>

void *memmove(void *to, const void *from, size_t bytes)
{
    char *d = to;
    const char *s = from;

    if (d <= s || d >= s + bytes)
        return memcpy(to, from, bytes);
    while (bytes-- > 0)
        d[bytes] = s[bytes];
    return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
    const unsigned char *x = a;
    const unsigned char *y = b;

    for (size_t i = 0; i < bytes; i++)
        if (x[i] != y[i])
            return x[i] - y[i];
    return 0;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}
