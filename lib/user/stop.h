/* SPDX-License-Identifier: MIT */
/*
 * The operator may ask a program to end, and ends it after a time of grace. Once asked, reading the
 * console meets the end of the file and sleeping returns at once, so that most programs end by
 * themselves; others look here.
 */
#ifndef USER_STOP_H
#define USER_STOP_H

#include <stdbool.h>
#include <stdint.h>

bool stop_asked(void);

/* event_take() that also returns when the program is asked to end; 0 then. */
uint64_t stop_or_event(uint64_t wanted, uint64_t deadline);

#endif
