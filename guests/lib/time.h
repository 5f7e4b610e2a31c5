/* SPDX-License-Identifier: MIT */
/* Time for guests: the TSC measured against PIT channel 2, busy waits and halted sleeps. */
#ifndef GUEST_TIME_H
#define GUEST_TIME_H

#include <stdbool.h>
#include <stdint.h>

extern uint64_t tsc_hz;

void time_init(void);            /* measures tsc_hz */
void time_spin_us(uint64_t us);
void time_sleep_ms(uint64_t ms); /* halts; uses the local APIC timer and VEC_SLEEP */
/* Waits with interrupts on until *counter is at least want; false after ms milliseconds. */
bool time_wait(const volatile uint64_t *counter, uint64_t want, uint64_t ms);

#define VEC_SLEEP 0xe0
#define PIT_HZ    1193182u

#endif
