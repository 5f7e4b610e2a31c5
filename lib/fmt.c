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
    bool left, zero;
    unsigned width, precision; // precision: ~0u = none
    unsigned longs;            // 0 int, 1 or more 64 bit
};

static void put(struct out *out, char c)
{
    if (out->used + 1 < out->size)
        out->to[out->used++] = c;
}

static void put_padded(struct out *out, const struct spec *spec, const char *text, size_t bytes)
{
    size_t pad = spec->width > bytes ? spec->width - bytes : 0;
    bool negative = spec->zero && bytes > 0 && text[0] == '-';

    if (negative) {
        put(out, '-');
        text++;
        bytes--;
    }
    if (!spec->left)
        for (; pad > 0; pad--)
            put(out, spec->zero ? '0' : ' ');
    for (size_t i = 0; i < bytes; i++)
        put(out, text[i]);
    for (; pad > 0; pad--)
        put(out, ' ');
}

static void put_number(struct out *out, const struct spec *spec, uint64_t value, unsigned base, bool negative)
{
    char text[24];
    size_t at = sizeof(text);

    do {
        text[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (negative)
        text[--at] = '-';
    put_padded(out, spec, text + at, sizeof(text) - at);
}

static const char *parse_number(const char *f, unsigned *n)
{
    for (*n = 0; *f >= '0' && *f <= '9'; f++)
        *n = *n * 10 + (unsigned)(*f - '0');
    return f;
}

static const char *parse_spec(const char *f, struct spec *spec, va_list *args)
{
    *spec = (struct spec){ .precision = ~0u };
    for (; *f == '-' || *f == '0'; f++) {
        spec->left |= *f == '-';
        spec->zero |= *f == '0';
    }
    if (*f == '*') {
        spec->width = (unsigned)va_arg(*args, int);
        f++;
    } else {
        f = parse_number(f, &spec->width);
    }
    if (*f == '.' && f[1] == '*') {
        spec->precision = (unsigned)va_arg(*args, int);
        f += 2;
    } else if (*f == '.') {
        f = parse_number(f + 1, &spec->precision);
    }
    for (; *f == 'l' || *f == 'z'; f++)
        spec->longs++;
    return f;
}

static void put_string(struct out *out, const struct spec *spec, const char *text)
{
    size_t n = 0;

    if (!text)
        text = "(null)";
    while (n < spec->precision && text[n])
        n++;
    put_padded(out, spec, text, n);
}

static void put_signed(struct out *out, const struct spec *spec, int64_t value)
{
    put_number(out, spec, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, value < 0);
}

size_t fmt_text(char *to, size_t size, const char *format, va_list list)
{
    struct out out = { to, 0, size };
    struct spec spec;
    va_list args;
    char c;

    va_copy(args, list);
    for (const char *f = format; *f; f++) {
        if (*f != '%') {
            put(&out, *f);
            continue;
        }
        f = parse_spec(f + 1, &spec, &args);
        if (*f == 0)
            break;
        switch (*f) {
        case 's': put_string(&out, &spec, va_arg(args, const char *)); break;
        case 'c': c = (char)va_arg(args, int); put_padded(&out, &spec, &c, 1); break;
        case 'd':
        case 'i': put_signed(&out, &spec, spec.longs ? va_arg(args, long) : va_arg(args, int)); break;
        case 'u': put_number(&out, &spec, spec.longs ? va_arg(args, unsigned long) : va_arg(args, unsigned), 10, false); break;
        case 'x': put_number(&out, &spec, spec.longs ? va_arg(args, unsigned long) : va_arg(args, unsigned), 16, false); break;
        case 'p': put_number(&out, &spec, (uintptr_t)va_arg(args, void *), 16, false); break;
        default: put(&out, *f); break;
        }
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
