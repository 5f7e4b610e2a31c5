/* SPDX-License-Identifier: MIT */
/*
 * Words of the command line. Pure.
 */
#include <lib/string.h>

#include "text.h"

unsigned text_append(char *out, unsigned room, const char *more)
{
    unsigned n = (unsigned)strlen(out);

    while (*more != 0 && n + 1 < room)
        out[n++] = *more++;
    out[n] = 0;
    return n;
}

const char *text_option(const char *line, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = line; *at != 0; at++) {
        size_t i = 0;

        while (i < length && at[i] == name[i])
            i++;
        if (i == length && at[i] == '=' && (at == line || at[-1] == ' '))
            return at + length + 1;
    }
    return NULL;
}

uint64_t text_size(const char *word)
{
    uint64_t value = 0;
    unsigned shift = 0, digits = 0;

    for (; *word >= '0' && *word <= '9' && digits < 12; word++, digits++)
        value = value * 10 + (uint64_t)(*word - '0');
    if (digits == 0)
        return 0;
    if (*word == 'K' || *word == 'k')
        shift = 10;
    else if (*word == 'M' || *word == 'm')
        shift = 20;
    else if (*word == 'G' || *word == 'g')
        shift = 30;
    if (shift != 0)
        word++;
    if ((*word != 0 && *word != ' ') || value > UINT64_MAX >> shift)
        return 0;
    return value << shift;
}
