/* SPDX-License-Identifier: MIT */
/* Kernel log: a ring of text that root reads; also on serial and screen until root takes the console. */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include <abi/boot_info.h>
#include <sys/log.h>

void log_text(const char *text, size_t bytes);
/* Copies up to bytes from *position on; moves *position on (past what was overwritten, too). */
size_t log_copy(uint64_t *position, char *to, size_t bytes);

/* ---- console.c ---- */
void console_init(const struct boot_info *boot);
void console_put(const char *text, size_t bytes);
void console_give_away(void); /* root drives the serial port from now on, or the screen where there is none */
void console_take_back(void); /* panic */
void screen_init(const struct boot_info *boot);
void screen_clear(void);
void screen_put(const char *text, size_t bytes);

#endif
