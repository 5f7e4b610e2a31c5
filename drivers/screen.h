/* SPDX-License-Identifier: MIT */
/* A terminal of the simplest kind on the machine's frame buffer. */
#ifndef DRIVERS_SCREEN_H
#define DRIVERS_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Clears it; false: too small. */
bool screen_start(volatile void *base, uint32_t width, uint32_t height, uint32_t line_bytes);
void screen_put(const char *bytes, size_t count);

#endif
