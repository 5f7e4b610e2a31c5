/* SPDX-License-Identifier: MIT */
/*
 * Waiting for some bits of the thread's event word; the others stay pending for whoever asks for
 * them. The C library takes EVENT_CONSOLE while it reads from the console or waits to write to it.
 */
#ifndef USER_EVENT_H
#define USER_EVENT_H

#include <stdint.h>

#define EVENT_ANY   (~0ull >> 1)
#define EVENT_NEVER (~0ull) /* as deadline */

/* Sleep until one of the bits `wanted` is there or TSC reaches deadline; the bits, 0 = deadline. */
uint64_t event_take(uint64_t wanted, uint64_t deadline);

/* Signal an event, by its handle. */
void event_set(int64_t event);

#endif
