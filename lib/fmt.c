// SPDX-License-Identifier: MIT
// Bounded text formatter for programs without a C library.
#include <lib/fmt.h>
#include <lib/string.h>
#include <stdbool.h>
#include <stdint.h>

struct out {
    char *to;
    size_t used, size;
};

struct spec {
    unsigned width;
    bool zero, wide; // padded with zeros; 64 bits
};

static void put(struct out *out, char c)
{
    if (out->used + 1 < out->size)
        out->to[out->used++] = c;
}

static void put_padded(struct out *out, struct spec spec, const char *text, size_t bytes)
{
    size_t pad = spec.width > bytes ? spec.width - bytes : 0;

    if (spec.zero && bytes > 0 && *text == '-') {
        put(out, *text++);
        bytes--;
    }
    for (; pad > 0; pad--)
        put(out, spec.zero ? '0' : ' ');
    for (; bytes > 0; bytes--)
        put(out, *text++);
}

static void put_number(struct out *out, struct spec spec, uint64_t value, unsigned base, bool negative)
{
    char text[24];
    size_t at = sizeof(text);

    if (negative)
        value = 0 - value;
    do {
        text[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (negative)
        text[--at] = '-';
    put_padded(out, spec, text + at, sizeof(text) - at);
}

static const char *parse_spec(const char *f, struct spec *spec)
{
    *spec = (struct spec){ .zero = *f == '0' };
    for (; *f >= '0' && *f <= '9'; f++)
        spec->width = spec->width * 10 + (unsigned)(*f - '0');
    for (; *f == 'l' || *f == 'z'; f++)
        spec->wide = true;
    return f;
}

static void put_argument(struct out *out, char kind, struct spec spec, va_list *args)
{
    const char *text;
    uint64_t n;

    switch (kind) {
    case 's':
        text = va_arg(*args, const char *);
        text = text ? text : "(null)";
        put_padded(out, spec, text, strlen(text));
        break;
    case 'd':
        n = (uint64_t)(spec.wide ? va_arg(*args, int64_t) : va_arg(*args, int));
        put_number(out, spec, n, 10, (int64_t)n < 0);
        break;
    case 'u':
    case 'x':
        n = spec.wide ? va_arg(*args, uint64_t) : va_arg(*args, unsigned);
        put_number(out, spec, n, kind == 'x' ? 16 : 10, false);
        break;
    default: put(out, kind); break;
    }
}

size_t fmt_text(char *to, size_t size, const char *format, va_list list)
{
    struct out out = { to, 0, size };
    struct spec spec;
    va_list args;

    va_copy(args, list);
    for (const char *f = format; *f; f++) {
        if (*f != '%') {
            put(&out, *f);
            continue;
        }
        f = parse_spec(f + 1, &spec);
        if (*f == 0)
            break;
        put_argument(&out, *f, spec, &args);
    }
    va_end(args);
    if (size > 0)
        to[out.used] = 0;
    return out.used;
}

size_t fmt_print(char *to, size_t size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    size_t n = fmt_text(to, size, format, args);
    va_end(args);
    return n;
}
