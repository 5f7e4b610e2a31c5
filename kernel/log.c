// SPDX-License-Identifier: MIT
// The kernel log ring.
#include <lib/fmt.h>
#include <lib/string.h>
#include "log.h"
#include "lock.h"
#include "sched.h"

#define LOG_BYTES 32768u

static char ring[LOG_BYTES];
static uint64_t written; // bytes ever
static struct lock log_lock;

void log_text(const char *text, size_t bytes)
{
    lock_take(&log_lock);
    for (size_t i = 0; i < bytes; i++)
        ring[written++ % LOG_BYTES] = text[i];
    console_put(text, bytes);
    lock_drop(&log_lock);
}

size_t log_copy(uint64_t *position, char *to, size_t bytes)
{
    size_t n = 0;

    lock_take(&log_lock);
    if (*position > written)
        *position = written;
    if (written - *position > LOG_BYTES)
        *position = written - LOG_BYTES;
    while (n < bytes && *position < written)
        to[n++] = ring[(*position)++ % LOG_BYTES];
    lock_drop(&log_lock);
    return n;
}

void sys_log(const char *format, ...)
{
    char line[320];
    va_list args;
    uint64_t us = tsc_hz ? x86_rdtsc() / (tsc_hz / 1000000) : 0;

    size_t n = fmt_print(line, sizeof(line) - 1, "[%4lu.%06lu] ", us / 1000000, us % 1000000);
    va_start(args, format);
    n += fmt_text(line + n, sizeof(line) - 1 - n, format, args);
    va_end(args);
    line[n++] = '\n';
    log_text(line, n);
}
