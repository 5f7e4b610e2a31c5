/* SPDX-License-Identifier: MIT */
/* How many CPUs, which, and alone or not: the words of `cpus`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "conf_cpus.h"
#include "nearest.h"

#define BLANKS " \t"

unsigned cpus_named(const struct conf_cpus *cpus)
{
    unsigned n = 0;

    for (unsigned i = 0; i < CONF_HOST_CPUS / 64; i++)
        n += (unsigned)__builtin_popcountll(cpus->on[i]);
    return n;
}

static const char *skip(const char *at)
{
    return at + strspn(at, BLANKS);
}

/* A decimal number of at most three digits; NULL: there is none. */
static const char *number(const char *at, unsigned *value)
{
    size_t digits = strspn(at, "0123456789");

    if (digits == 0 || digits > 3)
        return NULL;
    *value = (unsigned)atoi(at);
    return at + digits;
}

/* "2", "2-5", "2,4-6, 9": NULL when it is no list of CPUs. */
static const char *list(const char *at, uint64_t *set)
{
    unsigned first = 0, last;

    do {
        at = number(skip(at + (*at == ',')), &first);
        last = first;
        if (at != NULL && *at == '-')
            at = number(at + 1, &last);
        if (at == NULL || first > last || last >= CONF_HOST_CPUS)
            return NULL;
        for (unsigned cpu = first; cpu <= last; cpu++)
            set[cpu / 64] |= 1ull << cpu % 64;
        if (*skip(at) == ',')
            at = skip(at);
    } while (*at == ',');
    return at;
}

static bool is_word(const char *at, size_t bytes, const char *word)
{
    return bytes == strlen(word) && strncmp(at, word, bytes) == 0;
}

static void unknown_word(const char *at, size_t bytes, char *why, size_t why_size)
{
    char word[24];
    struct nearest best;

    snprintf(word, sizeof(word), "%.*s", (int)bytes, at);
    best = nearest_to(word);
    nearest_try(&best, "exclusive");
    nearest_try(&best, "shared");
    nearest_try(&best, "on");
    nearest_try(&best, "of");
    if (best.found != NULL && strcmp(best.found, word) != 0 && bytes < sizeof(word))
        snprintf(why + strlen(why), why_size - strlen(why), " (did you mean %s?)", best.found);
}

/* "COUNT [of MOST]": what is behind it; NULL: it does not begin with a number. */
static const char *count(const char *at, struct conf_cpus *out)
{
    const char *behind;

    at = number(at, &out->count);
    if (at == NULL || strncmp(skip(at), "of", 2) != 0)
        return at;
    behind = number(skip(skip(at) + 2), &out->most);
    return behind != NULL ? behind : at; /* else words() will complain about "of" */
}

/* [COUNT [of MOST]] and, in any order, [on LIST] [exclusive | shared]. */
static bool words(const char *at, struct conf_cpus *out, bool *counted, char *why, size_t why_size)
{
    bool how = false, where = false;
    const char *behind = count(at, out);

    *counted = behind != NULL;
    for (at = skip(*counted ? behind : at); *at != '\0'; at = skip(at)) {
        size_t bytes = strcspn(at, BLANKS);

        if (is_word(at, bytes, "on") && !where) {
            at = list(skip(at + bytes), out->on);
            where = true;
            if (at == NULL)
                return false;
        } else if ((is_word(at, bytes, "exclusive") || is_word(at, bytes, "shared")) && !how) {
            out->exclusive = *at == 'e';
            at += bytes;
            how = true;
        } else {
            unknown_word(at, bytes, why, why_size);
            return false;
        }
    }
    return *counted || where;
}

bool cpus_parse(const char *text, struct conf_cpus *out, char *why, size_t why_size)
{
    struct conf_cpus cpus = { 0 };
    unsigned named;
    bool counted;

    snprintf(why, why_size, "how many CPUs and which, such as 2, 1 of 4, 4 exclusive, on 2-5 or 2 on 1,3");
    if (!words(skip(text), &cpus, &counted, why, why_size))
        return false;
    named = cpus_named(&cpus);
    if (!counted)
        cpus.count = named;
    if (cpus.count == 0 || cpus.count > CONF_MAX_CPUS || cpus.most > CONF_MAX_CPUS) {
        snprintf(why, why_size, "1 to %d CPUs", CONF_MAX_CPUS);
        return false;
    }
    if (cpus.most != 0 && cpus.most < cpus.count) {
        snprintf(why, why_size, "behind `of` at least as many as it starts with (%u)", (unsigned)cpus.count);
        return false;
    }
    if (cpus.exclusive && named != 0 && cpus.count > named) {
        snprintf(why, why_size, "as many exclusive CPUs as are named (%u), or fewer", named);
        return false;
    }
    *out = cpus;
    return true;
}

const char *cpus_text(const uint64_t set[CONF_HOST_CPUS / 64], char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (unsigned cpu = 0, last; cpu < CONF_HOST_CPUS && used < size; cpu = last + 1) {
        last = cpu;
        if ((set[cpu / 64] >> cpu % 64 & 1) == 0)
            continue;
        while (last + 1 < CONF_HOST_CPUS && (set[(last + 1) / 64] >> (last + 1) % 64 & 1) != 0)
            last++;
        used += (size_t)snprintf(text + used, size - used, last == cpu ? "%s%u" : "%s%u-%u",
                                 used == 0 ? "" : ",", cpu, last);
    }
    return text;
}
