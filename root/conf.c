/* SPDX-License-Identifier: MIT */
/*
 * Parser of system.conf: section lines `vm NAME` and `container NAME`, below them `key = value`,
 * comments from # on. Every message says what was found and what was expected.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "conf.h"
#include "conf_keys.h"
#include "nearest.h"

#define LINE_MAX_BYTES 1024

struct parser {
    const char *file;
    struct conf *out;
    const struct conf_report *report;
    unsigned line;
    struct conf_part *part; /* section that we are in, NULL above the first */
    struct conf_part scratch; /* takes the keys of a section that cannot be kept */
    uint32_t seen;            /* keys of the whole system */
};

__attribute__((format(printf, 2, 3))) static void complain(struct parser *p, const char *format,
                                                           ...)
{
    char text[512];
    int used = snprintf(text, sizeof(text), "%s:%u: ", p->file, p->line);
    va_list args;

    va_start(args, format);
    vsnprintf(text + used, sizeof(text) - (size_t)used, format, args);
    va_end(args);
    p->out->errors++;
    if (p->part != NULL)
        p->part->bad = true;
    p->report->line(p->report->context, text);
}

bool conf_name_ok(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    return name[0] != '\0' && name[0] != '-' && strlen(name) < CONF_NAME &&
           name[strspn(name, allowed)] == '\0';
}

static const struct conf_part *find(const struct conf *conf, const char *name)
{
    for (unsigned i = 0; i < conf->count; i++)
        if (strcmp(conf->part[i].name, name) == 0)
            return &conf->part[i];
    return NULL;
}

static void set_defaults(struct conf_part *part, enum conf_kind kind, unsigned line)
{
    memset(part, 0, sizeof(*part));
    part->kind = kind;
    part->line = line;
    part->cpu = CONF_CPU_ANY;
    part->cpus = 1;
    part->priority = 10;
    part->budget = 100;
    strcpy(part->boot, "auto");
    strcpy(part->on_reset, "restart");
    strcpy(part->stats, "no");
    if (kind == CONF_CONTAINER)
        part->memory = 1024 * 1024;
}

static bool was_seen(const struct conf_part *part, const char *key)
{
    return (part->seen >> (conf_key_find(key, part->kind) - conf_keys) & 1) != 0;
}

/* The section is complete: what it must have is there? */
static void end_section(struct parser *p)
{
    unsigned line = p->line;

    if (p->part == NULL)
        return;
    p->line = p->part->line;
    if (p->part->kind == CONF_VM) {
        if (!was_seen(p->part, "kernel") && !was_seen(p->part, "firmware"))
            complain(p, "vm %s: expected a line `kernel = FILE` (or `firmware = FILE`), found none",
                     p->part->name);
        if (!was_seen(p->part, "memory"))
            complain(p, "vm %s: expected a line `memory = SIZE`, found none", p->part->name);
    } else if (p->part->kind == CONF_CONTAINER && !was_seen(p->part, "image")) {
        complain(p, "container %s: expected a line `image = FILE`, found none", p->part->name);
    }
    p->line = line;
    p->part = NULL;
}

static void begin_section(struct parser *p, enum conf_kind kind, const char *name)
{
    const struct conf_part *other = find(p->out, name);
    bool room = p->out->count < CONF_MAX_PARTS;

    end_section(p);
    p->part = room && conf_name_ok(name) && other == NULL ? &p->out->part[p->out->count] : &p->scratch;
    set_defaults(p->part, kind, p->line);
    if (!conf_name_ok(name))
        complain(p, "found name \"%.40s\", expected 1 to %d letters, digits, _ or -", name,
                 CONF_NAME - 1);
    else if (other != NULL)
        complain(p, "found name \"%s\" again (first in line %u), expected another name", name,
                 other->line);
    else if (!room)
        complain(p, "found partition \"%s\", expected at most %d partitions", name,
                 CONF_MAX_PARTS);
    else
        p->out->count++;
    snprintf(p->part->name, sizeof(p->part->name), "%.*s", CONF_NAME - 1, name);
    if (p->part == &p->scratch)
        p->part->kind = CONF_UNKNOWN; /* already reported: do not ask for its keys too */
}

static char *trim(char *text)
{
    size_t bytes;

    text += strspn(text, " \t");
    bytes = strlen(text);
    while (bytes > 0 && strchr(" \t\r", text[bytes - 1]) != NULL)
        text[--bytes] = '\0';
    return text;
}

/* A line without "=". */
static void section_line(struct parser *p, char *text)
{
    char *name = text + strcspn(text, " \t");
    char *hash = strstr(text, " #");
    struct nearest best;

    if (hash != NULL) {
        *hash = '\0';
        trim(text);
    }
    if (*name != '\0') {
        *name++ = '\0';
        name += strspn(name, " \t");
    }
    if (strcmp(text, "vm") == 0 || strcmp(text, "container") == 0) {
        begin_section(p, text[0] == 'v' ? CONF_VM : CONF_CONTAINER, name);
        return;
    }
    best = nearest_to(text);
    nearest_try(&best, "vm");
    nearest_try(&best, "container");
    if (best.found != NULL && *name != '\0') {
        end_section(p);
        p->part = &p->scratch;
        set_defaults(p->part, CONF_UNKNOWN, p->line);
        complain(p, "found \"%.40s\", expected `vm NAME` or `container NAME` (did you mean %s?)",
                 text, best.found);
        return;
    }
    complain(p, "found \"%.40s\", expected `vm NAME`, `container NAME` or `key = value`", text);
}

static void unknown_key(struct parser *p, const char *key)
{
    unsigned kind = p->part == NULL ? 0 : p->part->kind;
    const char *near = conf_key_nearest(key, kind);
    const char *where = kind == 0 ? "the whole system" : kind == CONF_VM ? "a vm" : "a container";

    if (near != NULL)
        complain(p, "found unknown key \"%.40s\", expected a key of %s (did you mean %s?)", key,
                 where, near);
    else
        complain(p, "found unknown key \"%.40s\", expected a key of %s", key, where);
}

/* A key that exists, but not here. */
static void misplaced_key(struct parser *p, const struct conf_key *key)
{
    if (key->kinds == 0)
        complain(p, "%s: is for the whole system, expected above the first vm or container",
                 key->name);
    else if (p->part == NULL)
        complain(p, "%s: found above the first section, expected below `vm NAME` or "
                    "`container NAME`", key->name);
    else
        complain(p, "%s: is a key of a %s, found in a %s", key->name,
                 key->kinds == CONF_VM ? "vm" : "container",
                 p->part->kind == CONF_VM ? "vm" : "container");
}

static void key_line(struct parser *p, const char *name, char *value)
{
    unsigned kind = p->part == NULL ? 0 : p->part->kind;
    const struct conf_key *key = conf_key_find(name, kind);
    uint32_t *seen = p->part == NULL ? &p->seen : &p->part->seen;
    void *base = p->part == NULL ? (void *)p->out : (void *)p->part;
    char why[160];

    if (key == NULL) {
        unknown_key(p, name);
        return;
    }
    if (kind == 0 ? key->kinds != 0 : (key->kinds & kind) == 0) {
        misplaced_key(p, key);
        return;
    }
    if (key->type != KEY_LIST && (*seen >> (key - conf_keys) & 1) != 0) {
        complain(p, "%s: found a second time in this section, expected once", name);
        return;
    }
    *seen |= 1u << (key - conf_keys);
    if (key->type != KEY_TEXT && key->type != KEY_LIST) {
        char *hash = strchr(value, '#');

        if (hash != NULL && hash > value && (hash[-1] == ' ' || hash[-1] == '\t'))
            for (*hash = '\0'; hash > value && (hash[-1] == ' ' || hash[-1] == '\t');)
                *--hash = '\0';
    }
    if (!conf_key_store(key, value, base, why, sizeof(why)))
        complain(p, "%s: found \"%.40s\", expected %s", name, value, why);
}

static void one_line(struct parser *p, char *text)
{
    char *equals, *key;

    text = trim(text);
    if (*text == '\0' || *text == '#')
        return;
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' && *c != '\t') {
            complain(p, "found byte 0x%02x, expected text", (unsigned)(unsigned char)*c);
            return;
        }
    equals = strchr(text, '=');
    if (equals == NULL) {
        section_line(p, text);
        return;
    }
    *equals = '\0';
    key = trim(text);
    if (*key == '\0')
        complain(p, "found nothing before \"=\", expected `key = value`");
    else
        key_line(p, key, trim(equals + 1));
}

void conf_parse(const char *file, const char *text, size_t bytes, struct conf *out,
                const struct conf_report *report)
{
    static struct parser p;
    char line[LINE_MAX_BYTES];
    size_t at = 0;

    memset(out, 0, sizeof(*out));
    strcpy(out->on_all_ended, "stay");
    p = (struct parser){ .file = file, .out = out, .report = report };
    while (at < bytes) {
        const char *end = memchr(text + at, '\n', bytes - at);
        size_t length = (end == NULL ? bytes : (size_t)(end - text)) - at;

        p.line++;
        if (length >= sizeof(line)) {
            complain(&p, "found a line of %zu characters, expected at most %zu", length,
                     sizeof(line) - 1);
        } else if (memchr(text + at, '\0', length) != NULL) {
            complain(&p, "found byte 0x00, expected text");
        } else {
            memcpy(line, text + at, length);
            line[length] = '\0';
            one_line(&p, line);
        }
        at += length + 1;
    }
    end_section(&p);
}

static bool add(char *text, size_t size, size_t *used, const char *key, const char *value)
{
    int n;

    if (*value == '\0')
        return true;
    n = snprintf(text + *used, size - *used, "%s = %s\n", key, value);
    *used += (size_t)n;
    return *used < size;
}

bool conf_vmm_text(const struct conf_part *part, char *text, size_t size)
{
    size_t used = 0;
    bool fits = add(text, size, &used, "kernel", part->kernel) &&
                add(text, size, &used, "firmware", part->firmware) &&
                add(text, size, &used, "initrd", part->initrd) &&
                add(text, size, &used, "boot", part->boot) &&
                add(text, size, &used, "on_reset", part->on_reset) &&
                add(text, size, &used, "stats", part->stats) &&
                add(text, size, &used, "cmdline", part->cmdline);

    for (unsigned i = 0; fits && i < part->module_count; i++)
        fits = add(text, size, &used, "module", part->module[i]);
    return fits;
}
