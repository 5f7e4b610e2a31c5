/* SPDX-License-Identifier: MIT */
/*
 * The partition's console as raw bytes; what stdin and stdout stand on, and what a VMM's UART
 * uses directly. Root, which owns the real console, brings its own version of these functions.
 */
#ifndef USER_CONSOLE_H
#define USER_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

/* Append as much as fits now, tell root, and return the number of bytes; 0 = full. */
size_t console_try_write(const void *bytes, size_t count);

/* Append all, sleeping while the ring is full. */
void console_write(const void *bytes, size_t count);

/* Take what was typed, up to `count` bytes; 0 = nothing there. */
size_t console_try_read(void *bytes, size_t count);

/* Sleep until root took output or brought input. */
void console_wait(void);

#endif
