/* SPDX-License-Identifier: MIT */
/* Text on the guest's first serial port. */
#ifndef GUEST_PRINT_H
#define GUEST_PRINT_H

#include <stdarg.h>
#include <stdbool.h>

void print_init(void);
void print_char(char c);
void print_buffer(bool on); /* on: text waits in memory until print_flush() or off */
void print_flush(void);
/* %d %u %x %c %s %% with width, 0-padding and l; no more */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_list(const char *format, va_list list) __attribute__((format(printf, 1, 0)));

#endif
