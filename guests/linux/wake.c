/* SPDX-License-Identifier: MIT */
/*
 * First program of a Linux that is timed: how long after its deadline a sleeper with real-time priority runs. Prints
 * "wake-ticks: N", the median in TSC ticks, and stops the machine. The clock is the kernel's; how many ticks one of its
 * nanoseconds has is measured over the whole run.
 */
#include <stdint.h>

#define SYS_WRITE              1
#define SYS_IOCTL              16
#define SYS_SCHED_SETSCHEDULER 144
#define SYS_REBOOT             169
#define SYS_CLOCK_GETTIME      228
#define SYS_CLOCK_NANOSLEEP    230
#define TCSBRK                 0x5409 /* with 1: wait until all output is sent */
#define SCHED_FIFO             1      /* such a sleeper has no timer slack */
#define MONOTONIC              1
#define ABSOLUTE               1
#define SECOND                 1000000000ull
#define INTERVAL               1000000u
#define SAMPLES                501u

struct time {
    uint64_t s, ns;
};

static long call(long number, long a, long b, long c, long d)
{
    register long r10 __asm__("r10") = d;
    long result;

    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
    return result;
}

static uint64_t ticks(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static uint64_t now(void)
{
    struct time t;

    call(SYS_CLOCK_GETTIME, MONOTONIC, (long)&t, 0, 0);
    return t.s * SECOND + t.ns;
}

/* Nanoseconds from the deadline until this runs again. */
static uint64_t wake(uint64_t deadline)
{
    struct time t = {deadline / SECOND, deadline % SECOND};

    call(SYS_CLOCK_NANOSLEEP, MONOTONIC, ABSOLUTE, (long)&t, 0);
    return now() - deadline;
}

static uint64_t median_wake(void)
{
    static uint64_t sample[SAMPLES];

    for (unsigned i = 0; i < SAMPLES; i++) {
        uint64_t late = wake(now() + INTERVAL);
        unsigned at = i;
        for (; at > 0 && sample[at - 1] > late; at--)
            sample[at] = sample[at - 1];
        sample[at] = late;
    }
    return sample[SAMPLES / 2];
}

static void say(uint64_t value)
{
    char text[48] = "\nwake-ticks: ", reversed[20];
    unsigned n = 13, digits = 0;

    do {
        reversed[digits++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (digits > 0)
        text[n++] = reversed[--digits];
    text[n++] = '\n';
    call(SYS_WRITE, 1, (long)text, n, 0);
    call(SYS_IOCTL, 1, TCSBRK, 1, 0);
}

__attribute__((used)) static void start(void)
{
    int priority = 80;

    call(SYS_SCHED_SETSCHEDULER, 0, SCHED_FIFO, (long)&priority, 0);
    wake(now() + 200 * INTERVAL); /* the kernel has ended its own start by then */
    uint64_t ns = now(), tsc = ticks(), late = median_wake();
    ns = now() - ns;
    tsc = ticks() - tsc;
    say(late * tsc / ns);
    call(SYS_REBOOT, 0xfee1dead, 672274793, 0x4321fedc, 0); /* power off */
    for (;;)
        ;
}

__asm__(".global _start\n_start: and $-16, %rsp\n call start\n");
