/* SPDX-License-Identifier: MIT */
/*
 * Guest time: all device timers run on the host's TSC, converted exactly (no rate is rounded, so
 * nothing drifts). Devices get the time through this struct, tests give them any time they like.
 */
#ifndef VMM_CLOCK_H
#define VMM_CLOCK_H

#include <stdint.h>

#define CLOCK_NEVER UINT64_MAX

struct clock {
    uint64_t tsc_hz;
    uint64_t wall_ns, wall_tsc; /* UTC since 1970 at that TSC value */
    uint64_t (*read)(void *ctx); /* TSC now */
    void *ctx;
};

static inline uint64_t clock_now(const struct clock *clock)
{
    return clock->read(clock->ctx);
}

/* Whole ticks of a `hz` clock in `tsc` TSC ticks (rounded down), and the first TSC tick at which
 * `ticks` of them have passed (rounded up, saturating at CLOCK_NEVER). */
uint64_t clock_ticks(const struct clock *clock, uint64_t tsc, uint64_t hz);
uint64_t clock_tsc_at(const struct clock *clock, uint64_t ticks, uint64_t hz);

/* UTC in nanoseconds since 1970 at a TSC value. */
uint64_t clock_wall_ns_at(const struct clock *clock, uint64_t tsc);

#endif
