/* SPDX-License-Identifier: MIT */
/* Seam: kernel log and panic. sys_log knows %s %d %u %x, with l, widths and 0-padding. */
#ifndef SYS_LOG_H
#define SYS_LOG_H

#include <sys/base.h>

void sys_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
noreturn void sys_panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
