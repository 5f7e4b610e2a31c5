/* SPDX-License-Identifier: MIT */
/* Small bounded text formatter: %s %d %u %x %%, with 0 and width, l, ll, z. */
#ifndef LIB_FMT_H
#define LIB_FMT_H

#include <stdarg.h>
#include <stddef.h>

/* Always NUL-terminates (size > 0); returns the bytes stored without the NUL, at most size - 1. */
size_t fmt_text(char *to, size_t size, const char *format, va_list args);
size_t fmt_print(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
