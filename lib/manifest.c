/* SPDX-License-Identifier: MIT */
/* Parser of the manifest of a container image. */
#include <lib/fmt.h>
#include <lib/manifest.h>
#include <lib/string.h>

#define LINE_BYTES 1024u
#define KIB        1024ull
#define NAME_CHARS "letters, digits, _ or -"

struct reader {
    struct manifest *out;
    unsigned line;
    uint32_t seen; /* keys that were given, by index */
    char *why;
    size_t why_size;
};

static bool letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool name_ok(const char *text)
{
    size_t n = 0;

    while (letter_or_digit(text[n]) || text[n] == '_' || (n > 0 && text[n] == '-'))
        n++;
    return n > 0 && n < MANIFEST_NAME && text[n] == '\0';
}

static bool number(const char *text, uint64_t max, uint64_t *value, const char **end)
{
    *value = 0;
    *end = text;
    for (; **end >= '0' && **end <= '9'; ++*end) {
        *value = *value * 10 + (uint64_t)(**end - '0');
        if (*value > max)
            return false;
    }
    return *end != text;
}

bool manifest_size(const char *text, uint64_t *value)
{
    const char *end;
    unsigned shift;

    if (!number(text, KIB * KIB * KIB, value, &end) || end[0] == '\0' || end[1] != '\0')
        return false;
    switch (*end | 0x20) {
    case 'k': shift = 10; break;
    case 'm': shift = 20; break;
    case 'g': shift = 30; break;
    default: return false;
    }
    *value = ((*value << shift) + 4095) & ~4095ull;
    return *value <= KIB * KIB * KIB * KIB;
}

static bool append(char *to, size_t size, const char *key, const char *value)
{
    size_t used = strlen(to), more = strlen(key) + strlen(value) + 4;

    if (used + more >= size)
        return false;
    fmt_print(to + used, size - used, "%s = %s\n", key, value);
    return true;
}

static const char *take_format(struct manifest *m, const char *value)
{
    (void)m;
    return strcmp(value, "1") == 0 ? NULL : "1";
}

static const char *take_name(struct manifest *m, const char *value)
{
    if (!name_ok(value))
        return "1 to 31 " NAME_CHARS;
    fmt_print(m->name, sizeof(m->name), "%s", value);
    return NULL;
}

static const char *take_args(struct manifest *m, const char *value)
{
    if (strlen(value) >= sizeof(m->args))
        return "at most 511 characters";
    fmt_print(m->args, sizeof(m->args), "%s", value);
    return NULL;
}

static const char *take_env(struct manifest *m, const char *value)
{
    size_t n = 0;

    while (letter_or_digit(value[n]) || value[n] == '_')
        n++;
    if (n == 0 || value[n] != '=')
        return "NAME=VALUE";
    return append(m->settings, sizeof(m->settings), "env", value)
               ? NULL
               : "less than 1,000 bytes of these altogether";
}

static const char *take_memory(struct manifest *m, const char *value)
{
    return manifest_size(value, &m->memory) && m->memory >= 64 * KIB ? NULL
                                                                     : "a size such as 64K or 3M";
}

static const char *take_storage(struct manifest *m, const char *value)
{
    char text[24];

    if (!manifest_size(value, &m->storage))
        return "a size such as 64K or 3M";
    fmt_print(text, sizeof(text), "%lu", m->storage);
    return append(m->settings, sizeof(m->settings), "storage", text) ? NULL
                                                                     : "less of `env` before it";
}

static const char *take_priority(struct manifest *m, const char *value)
{
    const char *end;
    uint64_t n;

    if (!number(value, 30, &n, &end) || *end != '\0')
        return "a number from 0 (last) to 30 (first)";
    m->priority = (uint32_t)n + 1;
    return NULL;
}

static const char *take_budget(struct manifest *m, const char *value)
{
    const char *end;
    uint64_t n;

    if (!number(value, 100, &n, &end) || *end != '\0' || n == 0)
        return "a percentage of one CPU from 1 to 100";
    m->budget = (uint32_t)n;
    return NULL;
}

static const char *take_service(char list[][MANIFEST_NAME], uint32_t *count, const char *value)
{
    if (!name_ok(value))
        return "1 to 31 " NAME_CHARS;
    if (*count == MANIFEST_SERVICES)
        return "at most 8 of these";
    fmt_print(list[(*count)++], MANIFEST_NAME, "%s", value);
    return NULL;
}

static const char *take_offer(struct manifest *m, const char *value)
{
    return take_service(m->offer, &m->offer_count, value);
}

static const char *take_connect(struct manifest *m, const char *value)
{
    return take_service(m->connect, &m->connect_count, value);
}

/* Each stores a value and gives NULL, or what was expected. The first two must be there. */
static const struct key {
    const char *name;
    const char *(*take)(struct manifest *m, const char *value);
    bool list;
} keys[] = {
    { "format", take_format, false },     { "name", take_name, false },
    { "args", take_args, false },         { "env", take_env, true },
    { "memory", take_memory, false },     { "storage", take_storage, false },
    { "priority", take_priority, false }, { "budget", take_budget, false },
    { "offer", take_offer, true },        { "connect", take_connect, true },
};
#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))
#define REQUIRED  2u

static char *trim(char *text)
{
    size_t n;

    while (*text == ' ' || *text == '\t')
        text++;
    n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t' || text[n - 1] == '\r'))
        text[--n] = '\0';
    return text;
}

static bool key_line(struct reader *r, const char *name, const char *value)
{
    for (unsigned i = 0; i < KEY_COUNT; i++) {
        const char *expected;

        if (strcmp(keys[i].name, name) != 0)
            continue;
        if (!keys[i].list && (r->seen >> i & 1) != 0) {
            fmt_print(r->why, r->why_size, "manifest:%u: %s: found a second time, expected once",
                      r->line, name);
            return false;
        }
        r->seen |= 1u << i;
        expected = keys[i].take(r->out, value);
        if (expected != NULL)
            fmt_print(r->why, r->why_size, "manifest:%u: %s: found \"%s\", expected %s", r->line,
                      name, value, expected);
        return expected == NULL;
    }
    fmt_print(r->why, r->why_size, "manifest:%u: found unknown key \"%s\"", r->line, name);
    return false;
}

static bool one_line(struct reader *r, char *text)
{
    char *equals = text = trim(text);

    if (*text == '\0' || *text == '#')
        return true;
    while (*equals != '\0' && *equals != '=')
        equals++;
    if (*equals == '\0') {
        fmt_print(r->why, r->why_size, "manifest:%u: found \"%s\", expected `key = value`", r->line,
                  text);
        return false;
    }
    *equals = '\0';
    return key_line(r, trim(text), trim(equals + 1));
}

/* Length of the line that begins here; false: it holds a byte that is no text, or too many. */
static bool measure(struct reader *r, const char *text, size_t left, size_t *length)
{
    for (*length = 0; *length < left && text[*length] != '\n'; ++*length) {
        unsigned char c = (unsigned char)text[*length];

        if ((c < ' ' && c != '\t' && c != '\r') || *length == LINE_BYTES - 1) {
            fmt_print(r->why, r->why_size,
                      c < ' ' ? "manifest:%u: found byte 0x%x, expected text"
                              : "manifest:%u: found a line of more than %u bytes",
                      r->line, c < ' ' ? c : LINE_BYTES - 1);
            return false;
        }
    }
    return true;
}

bool manifest_parse(const char *text, size_t bytes, struct manifest *out, char *why,
                    size_t why_size)
{
    struct reader r = { .out = out, .why = why, .why_size = why_size };
    char line[LINE_BYTES];
    size_t length;

    memset(out, 0, sizeof(*out));
    for (size_t at = 0; at < bytes; at += length + 1) {
        r.line++;
        if (!measure(&r, text + at, bytes - at, &length))
            return false;
        memcpy(line, text + at, length);
        line[length] = '\0';
        if (!one_line(&r, line))
            return false;
    }
    for (unsigned i = 0; i < REQUIRED; i++)
        if ((r.seen >> i & 1) == 0) {
            fmt_print(why, why_size, "manifest: found no line `%s = ...`, expected one",
                      keys[i].name);
            return false;
        }
    return true;
}
