/* SPDX-License-Identifier: MIT */
/* Edit distance (Levenshtein) over short words, one row at a time. */
#include <string.h>
#include "nearest.h"

#define WORD_MAX 31

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;

    return m < c ? m : c;
}

static unsigned distance(const char *a, const char *b)
{
    unsigned row[WORD_MAX + 1];
    size_t bytes = strlen(b);

    for (unsigned j = 0; j <= bytes; j++)
        row[j] = j;
    for (unsigned i = 1; a[i - 1] != '\0'; i++) {
        unsigned diagonal = row[0];

        row[0] = i;
        for (unsigned j = 1; j <= bytes; j++) {
            unsigned above = row[j];

            row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[bytes];
}

struct nearest nearest_to(const char *wanted)
{
    size_t bytes = strlen(wanted);

    /* Far from everything is no suggestion: at most a third of the word may differ, but 2 always. */
    return (struct nearest){ wanted, NULL, bytes > 9 ? 4 : 3 };
}

void nearest_try(struct nearest *search, const char *candidate)
{
    unsigned d;

    if (strlen(search->wanted) > WORD_MAX || strlen(candidate) > WORD_MAX)
        return;
    d = distance(search->wanted, candidate);
    if (d < search->distance && d < strlen(candidate)) {
        search->distance = d;
        search->found = candidate;
    }
}
