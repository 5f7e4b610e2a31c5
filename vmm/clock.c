/* SPDX-License-Identifier: MIT */
/* Conversions between the TSC and the slower clocks of PC devices. */
#include "clock.h"

#define NS_PER_SECOND 1000000000ull

/* a * b / c; the divisor is a frequency, so quotient and remainder split keeps all in 64 bits. */
static uint64_t scale(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t whole, part = a % c * b / c;

    if (__builtin_mul_overflow(a / c, b, &whole) || __builtin_add_overflow(whole, part, &whole))
        return UINT64_MAX;
    return whole;
}

uint64_t clock_ticks(const struct clock *clock, uint64_t tsc, uint64_t hz)
{
    return scale(tsc, hz, clock->tsc_hz);
}

uint64_t clock_tsc_at(const struct clock *clock, uint64_t ticks, uint64_t hz)
{
    uint64_t tsc = scale(ticks, clock->tsc_hz, hz);

    /* scale rounds down; the first TSC tick at which clock_ticks() says `ticks` is that or the next. */
    if (tsc != UINT64_MAX && clock_ticks(clock, tsc, hz) < ticks)
        tsc++;
    return tsc;
}

uint64_t clock_wall_ns_at(const struct clock *clock, uint64_t tsc)
{
    return clock->wall_ns + clock_ticks(clock, tsc - clock->wall_tsc, NS_PER_SECOND);
}
