/* SPDX-License-Identifier: MIT */
/* Clocks and sleeping for the C library: TSC, scaled by what start_info says. */
#include <errno.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>
#include "clock.h"
#include "stop.h"
#include "start.h"

#define NS_PER_S 1000000000ull

static uint64_t tsc_hz(void)
{
    return start_info()->tsc_hz != 0 ? start_info()->tsc_hz : NS_PER_S;
}

uint64_t clock_to_ns(uint64_t tsc)
{
    uint64_t hz = tsc_hz();

    return tsc / hz * NS_PER_S + tsc % hz * NS_PER_S / hz;
}

uint64_t clock_from_ns(uint64_t ns)
{
    uint64_t hz = tsc_hz();

    return ns / NS_PER_S * hz + ns % NS_PER_S * hz / NS_PER_S;
}

uint64_t clock_ns(void)
{
    return clock_to_ns(clock_tsc());
}

uint64_t clock_wall_ns(void)
{
    return start_info()->wall_ns + clock_to_ns(clock_tsc() - start_info()->wall_tsc);
}

uint64_t clock_deadline_ms(uint64_t ms)
{
    return clock_tsc() + clock_from_ns(ms * 1000000ull);
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
    uint64_t ns;

    if (id == CLOCK_REALTIME) {
        ns = clock_wall_ns();
    } else if (id == CLOCK_MONOTONIC) {
        ns = clock_ns();
    } else {
        errno = EINVAL;
        return -1;
    }
    ts->tv_sec = (time_t)(ns / NS_PER_S);
    ts->tv_nsec = (long)(ns % NS_PER_S);
    return 0;
}

int clock_getres(clockid_t id, struct timespec *ts)
{
    if (id != CLOCK_REALTIME && id != CLOCK_MONOTONIC) {
        errno = EINVAL;
        return -1;
    }
    ts->tv_sec = 0;
    ts->tv_nsec = 1;
    return 0;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    uint64_t ns = clock_wall_ns();

    (void)zone;
    tv->tv_sec = (time_t)(ns / NS_PER_S);
    tv->tv_usec = (suseconds_t)(ns % NS_PER_S / 1000);
    return 0;
}

clock_t times(struct tms *buf)
{
    clock_t ticks = (clock_t)(clock_ns() / (NS_PER_S / CLOCKS_PER_SEC));

    if (buf != NULL) {
        buf->tms_utime = ticks;
        buf->tms_stime = 0;
        buf->tms_cutime = 0;
        buf->tms_cstime = 0;
    }
    return ticks;
}

/* No wanted bits: all that arrive meanwhile stay pending. */
static void sleep_ns(uint64_t ns)
{
    uint64_t deadline = clock_tsc() + clock_from_ns(ns);

    while (clock_tsc() < deadline && !stop_asked())
        (void)stop_or_event(0, deadline);
}

int nanosleep(const struct timespec *want, struct timespec *left)
{
    if (want->tv_sec < 0 || want->tv_nsec < 0 || want->tv_nsec >= (long)NS_PER_S) {
        errno = EINVAL;
        return -1;
    }
    sleep_ns((uint64_t)want->tv_sec * NS_PER_S + (uint64_t)want->tv_nsec);
    if (left != NULL) {
        left->tv_sec = 0;
        left->tv_nsec = 0;
    }
    return 0;
}

int usleep(useconds_t us)
{
    sleep_ns((uint64_t)us * 1000);
    return 0;
}

unsigned sleep(unsigned seconds)
{
    sleep_ns(seconds * NS_PER_S);
    return 0;
}
