// SPDX-License-Identifier: MIT
// Minimal printf on the 16550 at 0x3f8.
#include <guest/print.h>
#include <guest/x86.h>

#define COM1 0x3f8

static unsigned room; /* free places in the transmit FIFO, as far as known */

/* A slow line would disturb tests that measure time: they let text wait here. */
static char waiting[64 * 1024];
static unsigned waiting_count;
static bool buffered;

void print_init(void)
{
    outb(COM1 + 1, 0);    /* no interrupts */
    outb(COM1 + 3, 0x80); /* divisor latch */
    outb(COM1 + 0, 1);
    outb(COM1 + 1, 0);
    outb(COM1 + 3, 3); /* 8n1 */
    outb(COM1 + 2, 7); /* FIFOs on, cleared */
    outb(COM1 + 4, 3);
}

/* One status read per 16 characters: each port access costs a VM exit. */
static void put(char c)
{
    while (room == 0)
        if (inb(COM1 + 5) & 0x20)
            room = 16;
    room--;
    outb(COM1, (uint8_t)c);
}

void print_flush(void)
{
    for (unsigned i = 0; i < waiting_count; i++) {
        if (waiting[i] == '\n')
            put('\r');
        put(waiting[i]);
    }
    waiting_count = 0;
}

void print_buffer(bool on)
{
    if (!on)
        print_flush();
    buffered = on;
}

void print_char(char c)
{
    waiting[waiting_count++] = c;
    if (!buffered || waiting_count == sizeof(waiting))
        print_flush();
}

static void number(uint64_t v, unsigned base, unsigned width, char pad)
{
    char digits[24];
    unsigned n = 0;
    do {
        digits[n++] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v);
    for (; width > n; width--)
        print_char(pad);
    while (n)
        print_char(digits[--n]);
}

static void text(const char *s, unsigned width)
{
    unsigned n = 0;
    for (; s[n]; n++)
        print_char(s[n]);
    for (; n < width; n++)
        print_char(' ');
}

static uint64_t number_arg(bool is_long, bool is_signed, va_list *list)
{
    if (is_long)
        return va_arg(*list, uint64_t);
    if (is_signed)
        return (uint64_t)(int64_t)va_arg(*list, int);
    return va_arg(*list, unsigned);
}

static const char *one(const char *p, va_list *list)
{
    char pad = *p == '0' ? '0' : ' ';
    unsigned width = 0;
    bool is_long = false;
    for (; *p >= '0' && *p <= '9'; p++)
        width = width * 10 + (unsigned)(*p - '0');
    for (; *p == 'l'; p++)
        is_long = true;
    if (*p == 's') {
        text(va_arg(*list, const char *), width);
    } else if (*p == 'c') {
        print_char((char)va_arg(*list, int));
    } else if (*p == 'x' || *p == 'u' || *p == 'd') {
        uint64_t v = number_arg(is_long, *p == 'd', list);
        if (*p == 'd' && (int64_t)v < 0) {
            print_char('-');
            v = -v;
        }
        number(v, *p == 'x' ? 16 : 10, width, pad);
    } else {
        print_char(*p);
    }
    return p + 1;
}

void print_list(const char *format, va_list list)
{
    va_list copy;
    va_copy(copy, list);
    while (*format) {
        if (*format == '%')
            format = one(format + 1, &copy);
        else
            print_char(*format++);
    }
    va_end(copy);
}

void print(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    print_list(format, list);
    va_end(list);
}
