/* SPDX-License-Identifier: MIT */
/* Time from the TSC: ring 3 reads it without a system call. */
#ifndef USER_CLOCK_H
#define USER_CLOCK_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

static inline uint64_t clock_tsc(void)
{
    uint32_t lo, hi;

    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t)hi << 32 | lo;
}

/* Ticks of the TSC to nanoseconds and back; exact to one tick, no overflow within centuries. */
uint64_t clock_to_ns(uint64_t tsc);
uint64_t clock_from_ns(uint64_t ns);

/* Nanoseconds since the CPU's reset, and UTC since 1970. */
uint64_t clock_ns(void);
uint64_t clock_wall_ns(void);

/* The TSC value `ms` milliseconds from now: a deadline for event_wait. */
uint64_t clock_deadline_ms(uint64_t ms);

#endif
