/* SPDX-License-Identifier: MIT */
/*
 * Waiting for some bits of the thread's event word without losing the others: event_wait fetches
 * and clears all of them, so what the waiter did not ask for is kept here for the next one.
 * A program whose main loop uses these functions (and not sys_event_wait) may call anything in
 * the C library in between. For the program's first thread only.
 */
#ifndef USER_EVENT_H
#define USER_EVENT_H

#include <stdint.h>

#define EVENT_ANY   (~0ull >> 1)
#define EVENT_NEVER (~0ull) /* as deadline */

/* Sleep until one of the bits `wanted` is there or TSC reaches deadline; the bits, 0 = deadline. */
uint64_t event_take(uint64_t wanted, uint64_t deadline);

/* Keep bits for the next event_take, for those who got them by another way. */
void event_put_back(uint64_t bits);

#endif
