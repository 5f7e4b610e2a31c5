/* SPDX-License-Identifier: MIT */
/* Text on the guest's first serial port. */
#ifndef GUEST_PRINT_H
#define GUEST_PRINT_H

#include <stdarg.h>

void print_init(void);
void print_char(char c);
/* %d %u %x %c %s %% with width, 0-padding and l; no more */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_list(const char *format, va_list list) __attribute__((format(printf, 1, 0)));

#endif
