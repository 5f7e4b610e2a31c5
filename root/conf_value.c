/* SPDX-License-Identifier: MIT */
/* Judging and storing one value of system.conf, by the type of its key. */
#include <stdio.h>
#include <string.h>
#include "conf_keys.h"
#include "nearest.h"

#define BLANKS        " \t"
#define PERIOD_US     10000u /* when only a percentage is given */
#define PERIOD_MIN_US 1000u
#define PERIOD_MAX_US 1000000u
#define STEP_US       100u /* the grain of budgets and periods */

static bool file_name_ok(const char *name, size_t bytes)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+";

    return bytes > 0 && bytes < CONF_FILE && name[0] != '.' && strspn(name, allowed) >= bytes;
}

static bool name_ok(const char *name, size_t bytes)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    return bytes > 0 && bytes < CONF_NAME && name[0] != '-' && strspn(name, allowed) >= bytes;
}

bool conf_name_ok(const char *name)
{
    return name_ok(name, strlen(name));
}

/* Decimal number, at most `max`; *end is what follows. false when there is no digit or too many. */
static bool number(const char *text, uint64_t max, uint64_t *value, const char **end)
{
    uint64_t n = 0;

    if (*text < '0' || *text > '9')
        return false;
    for (; *text >= '0' && *text <= '9'; text++) {
        n = n * 10 + (uint64_t)(*text - '0');
        if (n > max) /* max is at most 2^40: nothing wraps before this */
            return false;
    }
    *value = n;
    *end = text;
    return true;
}

static bool size_value(const struct conf_key *key, const char *text, uint64_t *value)
{
    static const char units[] = "KMGkmg";
    const char *end, *unit;
    uint64_t n;
    unsigned shift;

    if (!number(text, key->max, &n, &end) || *end == '\0' || end[1] != '\0')
        return false;
    unit = strchr(units, *end);
    if (unit == NULL)
        return false;
    shift = 10 * ((unsigned)(unit - units) % 3 + 1);
    if (n > key->max >> shift || n << shift < key->min)
        return false;
    *value = ((n << shift) + 4095) & ~4095ull;
    return true;
}

/* 100us, 20ms, 3s; *end is what follows. */
static bool time_value(const char *text, uint64_t *us, const char **end)
{
    static const struct { const char *name; uint32_t us; } units[] = {
        { "us", 1 }, { "ms", 1000 }, { "s", 1000000 }
    };
    uint64_t n;

    if (!number(text, 1000000000, &n, end))
        return false;
    for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t bytes = strlen(units[i].name);

        if (strncmp(*end, units[i].name, bytes) != 0)
            continue;
        *us = n * units[i].us;
        *end += bytes;
        return true;
    }
    return false;
}

/* "30%" or "30". */
static bool percent_value(const char *text, uint32_t *value)
{
    const char *end;
    uint64_t n;

    if (!number(text, 100, &n, &end) || n < 1 || strcmp(end + (*end == '%'), "") != 0)
        return false;
    *value = (uint32_t)n * (CONF_WHOLE / 100);
    return true;
}

static bool budget_value(const char *text, struct conf_part *part)
{
    uint64_t budget, period;
    const char *at;

    part->period_us = PERIOD_US;
    if (percent_value(text, &part->budget))
        return true;
    if (!time_value(text, &budget, &at))
        return false;
    at += strspn(at, BLANKS);
    if (*at != '/' || !time_value(at + 1 + strspn(at + 1, BLANKS), &period, &at) || *at != '\0')
        return false;
    if (period < PERIOD_MIN_US || period > PERIOD_MAX_US || period % STEP_US != 0 ||
        budget < STEP_US || budget > period)
        return false;
    part->period_us = (uint32_t)period;
    part->budget = (uint32_t)(budget * CONF_WHOLE / period);
    return part->budget > 0;
}

static bool restart_value(const char *text, struct conf_part *part)
{
    static const char *const words[] = { "never", "on-failure", "always" };
    size_t bytes = strcspn(text, BLANKS);
    const char *rest = text + bytes + strspn(text + bytes, BLANKS);
    uint64_t limit = 0;

    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i]) != bytes || strncmp(text, words[i], bytes) != 0)
            continue;
        if (*rest != '\0' &&
            (i == RESTART_NEVER || !number(rest, 1000000, &limit, &rest) || *rest != '\0' || limit == 0))
            return false;
        part->restart = (struct restart_policy){ (enum restart_when)i, (uint32_t)limit };
        return true;
    }
    return false;
}

/* The place of `value` among the words in "a or b or c", or -1. */
static int word_of(const char *value, const char *words)
{
    size_t bytes = strlen(value);
    int n = 0;

    for (const char *w = words; bytes > 0 && w != NULL; w = strstr(w, " or "), n++) {
        if (strncmp(w, " or ", 4) == 0)
            w += 4;
        if (strncmp(w, value, bytes) == 0 && (w[bytes] == ' ' || w[bytes] == '\0'))
            return n;
    }
    return -1;
}

/* "(did you mean ...?)" behind the list of words. */
static void suggest(const char *value, const char *words, char *why, size_t why_size)
{
    struct nearest best = nearest_to(value);
    char list[160], *rest = list, *word;

    snprintf(list, sizeof(list), "%s", words);
    while ((word = strsep(&rest, " ,")) != NULL)
        if (*word != '\0' && strcmp(word, "or") != 0)
            nearest_try(&best, word);
    if (best.found != NULL)
        snprintf(why + strlen(why), why_size - strlen(why), " (did you mean %s?)", best.found);
}

static bool file_list(const struct conf_key *key, const char *value, char *base)
{
    unsigned *count = (unsigned *)(void *)(base + key->count_offset);

    if (*count >= key->max || !file_name_ok(value, strcspn(value, BLANKS)))
        return false;
    strcpy(base + key->offset + (size_t)key->size * *count, value);
    ++*count;
    return true;
}

static bool name_list(const struct conf_key *key, const char *value, char *base)
{
    unsigned *count = (unsigned *)(void *)(base + key->count_offset);
    const char *at = value;

    while (*(at += strspn(at, BLANKS ",")) != '\0') {
        size_t bytes = strcspn(at, BLANKS ",");

        if (*count >= key->max || !name_ok(at, bytes))
            return false;
        snprintf(base + key->offset + (size_t)key->size * *count, CONF_NAME, "%.*s", (int)bytes, at);
        ++*count;
        at += bytes;
    }
    return *count > 0;
}

static bool one_cpu(const char *value, struct conf_cpus *cpus)
{
    const char *end;
    uint64_t cpu;

    if (strcmp(value, "any") == 0)
        return true;
    if (!number(value, CONF_HOST_CPUS - 1, &cpu, &end) || *end != '\0')
        return false;
    *cpus = (struct conf_cpus){ .count = 1 };
    cpus->on[cpu / 64] = 1ull << cpu % 64;
    return true;
}

static bool small_number(const struct conf_key *key, const char *value, uint32_t *to)
{
    const char *end;
    uint64_t n;

    if (key->type == KEY_TIME) {
        if (!time_value(value, &n, &end))
            return false;
        n /= 1000;
    } else if (!number(value, key->max, &n, &end)) {
        return false;
    }
    if (*end != '\0' || n < key->min || n > key->max)
        return false;
    *to = (uint32_t)n;
    return true;
}

static bool store_text(const struct conf_key *key, const char *value, char *field)
{
    if (key->type == KEY_FILE && !file_name_ok(value, strlen(value)))
        return false;
    if (key->type == KEY_WORD && word_of(value, key->expected) < 0)
        return false;
    strcpy(field, value);
    return true;
}

/* The two words of KEY_YES ("yes or no": yes is 1) and KEY_ATTACH ("detached or attached"). */
static bool store_flag(const struct conf_key *key, const char *value, uint32_t *field)
{
    int word = word_of(value, key->expected);

    if (word < 0)
        return false;
    *field = (uint32_t)(key->type == KEY_YES ? !word : word);
    return true;
}

static bool store(const struct conf_key *key, const char *value, char *base, char *why,
                  size_t why_size)
{
    void *field = base + key->offset;

    switch (key->type) {
    case KEY_FILE:
    case KEY_TEXT:
    case KEY_WORD: return store_text(key, value, field);
    case KEY_YES:
    case KEY_ATTACH: return store_flag(key, value, field);
    case KEY_SIZE: return size_value(key, value, field);
    case KEY_NUMBER:
    case KEY_TIME: return small_number(key, value, field);
    case KEY_PERCENT: return percent_value(value, field);
    case KEY_CPUS: return cpus_parse(value, field, why, why_size);
    case KEY_CPU: return one_cpu(value, field);
    case KEY_BUDGET: return budget_value(value, (void *)base);
    case KEY_RESTART: return restart_value(value, (void *)base);
    case KEY_FILES: return file_list(key, value, base);
    case KEY_NAMES: return name_list(key, value, base);
    }
    return false;
}

static bool keeps_text(const struct conf_key *key)
{
    return key->type == KEY_FILE || key->type == KEY_TEXT || key->type == KEY_WORD ||
           key->type == KEY_FILES;
}

static bool has_words(const struct conf_key *key)
{
    return key->type == KEY_WORD || key->type == KEY_YES || key->type == KEY_ATTACH ||
           key->type == KEY_RESTART;
}

bool conf_key_store(const struct conf_key *key, const char *value, void *base, char *why,
                    size_t why_size)
{
    bool list = key->type == KEY_FILES || key->type == KEY_NAMES;

    snprintf(why, why_size, "%s", key->expected);
    if (keeps_text(key) && strlen(value) >= key->size) {
        snprintf(why, why_size, "at most %u characters, not %zu", key->size - 1, strlen(value));
        return false;
    }
    if (store(key, value, base, why, why_size))
        return true;
    if (list && *(unsigned *)(void *)((char *)base + key->count_offset) >= key->max)
        snprintf(why, why_size, "at most %u of these", (unsigned)key->max);
    else if (has_words(key))
        suggest(value, key->expected, why, why_size);
    return false;
}
