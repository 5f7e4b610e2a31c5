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
#include "conf_parser.h"
#include "nearest.h"

#define LINE_MAX_BYTES 1024
#define CONF_WHY       256

void conf_complain(struct parser *p, const char *format, ...)
{
    char text[512];
    int used = p->numbered ? snprintf(text, sizeof(text), "%s:%u: ", p->file, p->line)
                           : snprintf(text, sizeof(text), "%s: ", p->file);
    va_list args;

    va_start(args, format);
    vsnprintf(text + used, sizeof(text) - (size_t)used, format, args);
    va_end(args);
    p->out->errors++;
    if (p->part != NULL)
        p->part->bad = true;
    p->report->line(p->report->context, text);
}

static const struct conf_part *find(const struct conf *conf, const char *name)
{
    for (unsigned i = 0; i < conf->count; i++)
        if (strcmp(conf->part[i].name, name) == 0)
            return &conf->part[i];
    return NULL;
}

/* What is not written is as if the table's value had been. */
static void set_defaults(void *base, unsigned kind)
{
    char why[CONF_WHY];

    for (unsigned i = 0; i < conf_key_count; i++)
        if (conf_keys[i].otherwise != NULL && conf_key_is_for(&conf_keys[i], kind))
            (void)conf_key_store(&conf_keys[i], conf_keys[i].otherwise, base, why, sizeof(why));
}

static void new_part(struct conf_part *part, enum conf_kind kind, unsigned line)
{
    memset(part, 0, sizeof(*part));
    part->kind = kind;
    part->line = line;
    set_defaults(part, kind);
}

static bool was_seen(const struct conf_part *part, const char *key)
{
    return (part->seen >> (conf_key_find(key, part->kind) - conf_keys) & 1) != 0;
}

/* Keys that are good each, but not together. */
static void judge_together(struct parser *p)
{
    const struct conf_part *part = p->part;
    const char *of_shared[] = { "budget", "reserve", "priority" };

    if (was_seen(part, "cpu") && was_seen(part, "cpus"))
        conf_complain(p, "found both `cpu` and `cpus`, expected one of them");
    if (part->kind == CONF_CONTAINER && cpus_most(&part->cpus) != 1)
        conf_complain(p, "cpus: found %u, expected 1: a container has one thread", cpus_most(&part->cpus));
    for (unsigned i = 0; part->cpus.exclusive && i < 3; i++)
        if (was_seen(part, of_shared[i]))
            conf_complain(p, "%s: found with exclusive CPUs, expected with shared ones only", of_shared[i]);
    for (unsigned i = 0; part->attach && i < p->out->count; i++)
        if (p->out->part[i].attach && &p->out->part[i] != part)
            conf_complain(p, "console: found attached, but %s is attached already", p->out->part[i].name);
    if (part->reserve > part->budget)
        conf_complain(p, "reserve: found %u%%, expected at most the budget, %u%%",
                 part->reserve * 100 / CONF_WHOLE, part->budget * 100 / CONF_WHOLE);
}

/* The section is complete: what it must have is there, and goes together? */
static void end_section(struct parser *p)
{
    unsigned line = p->line;

    if (p->part == NULL)
        return;
    p->line = p->part->line;
    for (unsigned i = 0; p->part->kind != CONF_UNKNOWN && i < conf_key_count; i++) {
        const struct conf_key *key = &conf_keys[i];

        if (key->required && conf_key_is_for(key, p->part->kind) && (p->part->seen >> i & 1) == 0 &&
            (key->instead == NULL || !was_seen(p->part, key->instead)))
            conf_complain(p, "%s %s: expected a line `%s = %s`%s%s%s, found none",
                          p->part->kind == CONF_VM ? "vm" : "container", p->part->name, key->name,
                          key->type == KEY_SIZE ? "SIZE" : "FILE",
                          key->instead == NULL ? "" : " (or `", key->instead == NULL ? "" : key->instead,
                          key->instead == NULL ? "" : " = FILE`)");
    }
    if (p->part->kind != CONF_UNKNOWN)
        judge_together(p);
    p->line = line;
    p->part = NULL;
}

static void begin_section(struct parser *p, enum conf_kind kind, const char *name)
{
    const struct conf_part *other = find(p->out, name);
    bool good = conf_name_ok(name);
    bool room = p->out->count < CONF_MAX_PARTS;

    end_section(p);
    p->part = room && good && other == NULL ? &p->out->part[p->out->count] : &p->scratch;
    new_part(p->part, kind, p->line);
    if (!good)
        conf_complain(p, "found name \"%.40s\", expected 1 to %d letters, digits, _ or -", name,
                 CONF_NAME - 1);
    else if (other != NULL)
        conf_complain(p, "found name \"%s\" again (first in line %u), expected another name", name,
                 other->line);
    else if (!room)
        conf_complain(p, "found partition \"%s\", expected at most %d partitions", name,
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
        new_part(p->part, CONF_UNKNOWN, p->line);
        conf_complain(p, "found \"%.40s\", expected `vm NAME` or `container NAME` (did you mean %s?)",
                 text, best.found);
        return;
    }
    conf_complain(p, "found \"%.40s\", expected `vm NAME`, `container NAME` or `key = value`", text);
}

static void unknown_key(struct parser *p, const char *key)
{
    unsigned kind = p->part == NULL ? 0 : p->part->kind;
    const char *near = conf_key_nearest(key, kind);
    const char *where = kind == 0 ? "the whole system" : kind == CONF_VM ? "a vm" : "a container";

    if (near != NULL)
        conf_complain(p, "found unknown key \"%.40s\", expected a key of %s (did you mean %s?)", key,
                 where, near);
    else
        conf_complain(p, "found unknown key \"%.40s\", expected a key of %s", key, where);
}

/* A key that exists, but not here. */
static void misplaced_key(struct parser *p, const struct conf_key *key)
{
    if (key->kinds == 0)
        conf_complain(p, "%s: is for the whole system, expected above the first vm or container",
                 key->name);
    else if (p->part == NULL)
        conf_complain(p, "%s: found above the first section, expected below `vm NAME` or "
                    "`container NAME`", key->name);
    else
        conf_complain(p, "%s: is a key of a %s, found in a %s", key->name,
                 key->kinds == CONF_VM ? "vm" : "container",
                 p->part->kind == CONF_VM ? "vm" : "container");
}

static void key_line(struct parser *p, const char *name, char *value)
{
    unsigned kind = p->part == NULL ? 0 : p->part->kind;
    const struct conf_key *key = conf_key_find(name, kind);
    uint64_t *seen = p->part == NULL ? &p->seen : &p->part->seen;
    void *base = p->part == NULL ? (void *)p->out : (void *)p->part;
    char why[CONF_WHY];

    if (key == NULL) {
        unknown_key(p, name);
        return;
    }
    if (!conf_key_is_for(key, kind)) {
        misplaced_key(p, key);
        return;
    }
    if (key->type != KEY_FILES && (*seen >> (key - conf_keys) & 1) != 0) {
        conf_complain(p, "%s: found a second time in this section, expected once", name);
        return;
    }
    *seen |= 1ull << (key - conf_keys);
    if (key->type == KEY_NAMES && p->part != NULL)
        p->part->after_line = p->line;
    if (key->type != KEY_TEXT && key->type != KEY_FILES) {
        char *hash = strchr(value, '#');

        if (hash != NULL && hash > value && (hash[-1] == ' ' || hash[-1] == '\t'))
            for (*hash = '\0'; hash > value && (hash[-1] == ' ' || hash[-1] == '\t');)
                *--hash = '\0';
    }
    if (!conf_key_store(key, value, base, why, sizeof(why)))
        conf_complain(p, "%s: found \"%.40s\", expected %s", name, value, why);
}

static void one_line(struct parser *p, char *text)
{
    char *equals, *key;

    text = trim(text);
    if (*text == '\0' || *text == '#')
        return;
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' && *c != '\t') {
            conf_complain(p, "found byte 0x%02x, expected text", (unsigned)(unsigned char)*c);
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
        conf_complain(p, "found nothing before \"=\", expected `key = value`");
    else
        key_line(p, key, trim(equals + 1));
}

static void begin(struct parser *p, const char *file, struct conf *out,
                  const struct conf_report *report)
{
    memset(out, 0, sizeof(*out));
    set_defaults(out, 0);
    *p = (struct parser){ .file = file, .out = out, .report = report };
}

static void end(struct parser *p)
{
    end_section(p);
    conf_judge_after(p);
}

static void all_lines(struct parser *p, const char *text, size_t bytes)
{
    char line[LINE_MAX_BYTES];
    size_t at = 0;

    while (at < bytes) {
        const char *stop = memchr(text + at, '\n', bytes - at);
        size_t length = (stop == NULL ? bytes : (size_t)(stop - text)) - at;

        p->line++;
        if (length >= sizeof(line)) {
            conf_complain(p, "found a line of %zu characters, expected at most %zu", length,
                          sizeof(line) - 1);
        } else if (memchr(text + at, '\0', length) != NULL) {
            conf_complain(p, "found byte 0x00, expected text");
        } else {
            memcpy(line, text + at, length);
            line[length] = '\0';
            one_line(p, line);
        }
        at += length + 1;
    }
}

void conf_parse(const char *file, const char *text, size_t bytes, struct conf *out,
                const struct conf_report *report)
{
    static struct parser p;

    begin(&p, file, out, report);
    p.numbered = true;
    all_lines(&p, text, bytes);
    end(&p);
}

/* The inline form as the lines of a file: a word with "=" outside of quotes begins the next one. */
static bool to_lines(const char *text, char *out, size_t size)
{
    bool quoted = false;
    size_t n = 0;

    for (; *text != '\0' && n + 1 < size; text++) {
        size_t word = strcspn(text + 1, " \t\"=");
        const char *behind = text + 1 + word + (word > 0 ? strspn(text + 1 + word, " \t") : 0);

        if (*text == '"')
            quoted = !quoted;
        else if (!quoted && (*text == ' ' || *text == '\t') && word > 0 && *behind == '=')
            out[n++] = '\n';
        else
            out[n++] = *text;
    }
    out[n] = '\0';
    return *text == '\0' && !quoted;
}

void conf_parse_inline(const char *from, const char *text, struct conf *out,
                       const struct conf_report *report)
{
    static struct parser p;
    char lines[LINE_MAX_BYTES];

    begin(&p, from, out, report);
    if (to_lines(text, lines, sizeof(lines)))
        all_lines(&p, lines, strlen(lines));
    else
        conf_complain(&p, "expected at most %zu characters, and a second \" for each first",
                      sizeof(lines) - 1);
    end(&p);
}

static bool add(char *text, size_t size, size_t *used, const char *key, const char *value)
{
    const char *const parts[] = { key, " = ", value, "\n" };

    for (unsigned i = 0; *value != '\0' && i < 4; i++)
        for (const char *from = parts[i]; *from != '\0'; from++) {
            if (*used + 1 >= size)
                return false;
            text[(*used)++] = *from;
        }
    text[*used] = '\0';
    return true;
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
