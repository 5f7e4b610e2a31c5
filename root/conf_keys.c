/* SPDX-License-Identifier: MIT */
/* The keys of system.conf: which section has them, what they accept, where they are kept. */
#include <stdio.h>
#include <string.h>
#include "conf_keys.h"
#include "nearest.h"

#define AT(field)   offsetof(struct conf_part, field)
#define ROOM(field) sizeof(((struct conf_part *)0)->field)
#define BOTH        (CONF_VM | CONF_CONTAINER)
#define KIB         1024ull
#define TIB         (KIB * KIB * KIB * KIB)
#define A_FILE      "the name of a file beside system.conf (letters, digits, . _ - +)"
#define A_SIZE      "a size such as 64M or 1G"

const struct conf_key conf_keys[] = {
    { "kernel", CONF_VM, KEY_FILE, AT(kernel), ROOM(kernel), 0, 0, A_FILE, 0 },
    { "firmware", CONF_VM, KEY_FILE, AT(firmware), ROOM(firmware), 0, 0, A_FILE, 0 },
    { "initrd", CONF_VM, KEY_FILE, AT(initrd), ROOM(initrd), 0, 0, A_FILE, 0 },
    { "cmdline", CONF_VM, KEY_TEXT, AT(cmdline), ROOM(cmdline), 0, 0, "text", 0 },
    { "module", CONF_VM, KEY_LIST, AT(module), ROOM(module[0]), 0, CONF_MAX_MODULES,
      "a file name and words for the guest", AT(module_count) },
    { "boot", CONF_VM, KEY_WORD, AT(boot), ROOM(boot), 0, 0, "auto or linux or pvh or multiboot",
      0 },
    { "on_reset", CONF_VM, KEY_WORD, AT(on_reset), ROOM(on_reset), 0, 0, "restart or stop", 0 },
    { "stats", CONF_VM, KEY_WORD, AT(stats), ROOM(stats), 0, 0, "yes or no", 0 },
    { "image", CONF_CONTAINER, KEY_FILE, AT(image), ROOM(image), 0, 0, A_FILE, 0 },
    { "args", CONF_CONTAINER, KEY_TEXT, AT(args), ROOM(args), 0, 0, "text", 0 },
    { "file", CONF_CONTAINER, KEY_LIST, AT(file), ROOM(file[0]), 0, CONF_MAX_FILES, A_FILE,
      AT(file_count) },
    { "memory", BOTH, KEY_SIZE, AT(memory), ROOM(memory), 64 * KIB, TIB, A_SIZE, 0 },
    { "cpu", BOTH, KEY_CPU, AT(cpu), ROOM(cpu), 0, 255, "the number of a CPU, or any", 0 },
    { "cpus", CONF_VM, KEY_NUMBER, AT(cpus), ROOM(cpus), 1, CONF_MAX_CPUS, "a number from 1 to 32", 0 },
    { "cpus", CONF_CONTAINER, KEY_NUMBER, AT(cpus), ROOM(cpus), 1, 1,
      "1 (containers with several CPUs are not supported yet)", 0 },
    { "priority", BOTH, KEY_NUMBER, AT(priority), ROOM(priority), 0, 30,
      "a number from 0 (last) to 30 (first)", 0 },
    { "budget", BOTH, KEY_NUMBER, AT(budget), ROOM(budget), 1, 100,
      "a percentage of one CPU from 1 to 100", 0 },
    { "on_all_ended", 0, KEY_WORD, offsetof(struct conf, on_all_ended), CONF_WORD, 0, 0,
      "stay or poweroff", 0 },
};
const unsigned conf_key_count = sizeof(conf_keys) / sizeof(conf_keys[0]);

const struct conf_key *conf_key_find(const char *name, unsigned kind)
{
    const struct conf_key *any = NULL;

    for (unsigned i = 0; i < conf_key_count; i++) {
        if (strcmp(conf_keys[i].name, name) != 0)
            continue;
        any = &conf_keys[i];
        if (kind == 0 ? any->kinds == 0 : (any->kinds & kind) != 0)
            return any;
    }
    return any;
}

const char *conf_key_nearest(const char *name, unsigned kind)
{
    struct nearest best = nearest_to(name);

    for (unsigned i = 0; i < conf_key_count; i++)
        if (kind == 0 ? conf_keys[i].kinds == 0 : (conf_keys[i].kinds & kind) != 0)
            nearest_try(&best, conf_keys[i].name);
    return best.found;
}

static bool file_name_ok(const char *name, size_t bytes)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+";

    return bytes > 0 && name[0] != '.' && strspn(name, allowed) >= bytes;
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

/* Is `value` one of the words in "a or b or c"? */
static bool word_of(const char *value, const char *words)
{
    size_t bytes = strlen(value);

    for (const char *w = words; w != NULL; w = strstr(w, " or ")) {
        if (strncmp(w, " or ", 4) == 0)
            w += 4;
        if (strncmp(w, value, bytes) == 0 && (w[bytes] == ' ' || w[bytes] == '\0'))
            return true;
    }
    return false;
}

static bool number_value(const struct conf_key *key, const char *text, uint32_t *field)
{
    const char *end;
    uint64_t n;

    if (key->type == KEY_CPU && strcmp(text, "any") == 0) {
        *field = CONF_CPU_ANY;
        return true;
    }
    if (!number(text, key->max, &n, &end) || *end != '\0' || n < key->min)
        return false;
    *field = (uint32_t)n;
    return true;
}

static bool list_value(const struct conf_key *key, const char *value, char *base)
{
    unsigned *count = (unsigned *)(void *)(base + key->count_offset);

    if (*count >= key->max || !file_name_ok(value, strcspn(value, " \t")) ||
        strcspn(value, " \t") >= CONF_FILE)
        return false;
    strcpy(base + key->offset + (size_t)key->size * *count, value);
    ++*count;
    return true;
}

bool conf_key_store(const struct conf_key *key, const char *value, void *base, char *why,
                    size_t why_size)
{
    char *field = (char *)base + key->offset;
    bool text = key->type != KEY_SIZE && key->type != KEY_NUMBER && key->type != KEY_CPU;
    bool good = false;

    snprintf(why, why_size, "%s", key->expected);
    if (text && strlen(value) >= key->size) {
        snprintf(why, why_size, "at most %u characters, not %zu", key->size - 1, strlen(value));
        return false;
    }
    if (key->type == KEY_LIST && *(unsigned *)(void *)((char *)base + key->count_offset) >= key->max) {
        snprintf(why, why_size, "at most %u of these", (unsigned)key->max);
        return false;
    }
    switch (key->type) {
    case KEY_FILE: good = file_name_ok(value, strlen(value)); break;
    case KEY_TEXT: good = true; break;
    case KEY_WORD: good = *value != '\0' && word_of(value, key->expected); break;
    case KEY_SIZE: return size_value(key, value, (uint64_t *)(void *)field);
    case KEY_NUMBER:
    case KEY_CPU: return number_value(key, value, (uint32_t *)(void *)field);
    case KEY_LIST: return list_value(key, value, base);
    }
    if (good)
        strcpy(field, value);
    return good;
}
