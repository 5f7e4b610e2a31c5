/* SPDX-License-Identifier: MIT */
/*
 * Container that measures the kernel's operations from ring 3, in TSC ticks: medians of many, the
 * empty loop subtracted. `ctr_bench partner` is the other side: it only yields, for ten seconds.
 * The rest of the system should be quiet meanwhile (tests/bench/containers.py).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <user/clock.h>
#include <user/start.h>
#include <user/sys.h>

#define RUNS         1001u
#define SLEEP_TICKS  30000u
#define QUIET_S      2  /* the console is quiet again after what was printed */
#define PARTNER_S    10

static uint64_t ticks[RUNS];

static int order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static uint64_t median(void)
{
    qsort(ticks, RUNS, sizeof(ticks[0]), order);
    return ticks[RUNS / 2];
}

/* Median of what STEP takes, with BEFORE done outside the measure. */
#define MEASURE(before, step)                                                                      \
    ({                                                                                             \
        for (unsigned i = 0; i < RUNS; i++) {                                                      \
            before;                                                                                \
            uint64_t start = clock_tsc();                                                          \
            step;                                                                                  \
            ticks[i] = clock_tsc() - start;                                                        \
        }                                                                                          \
        median();                                                                                  \
    })

static uint64_t empty;

static void result(const char *key, uint64_t value)
{
    printf("bench: %s %" PRIu64 "\n", key, value);
    fflush(stdout);
}

static void measure_calls(void)
{
    int64_t event = sys_event_create(0, 1);

    result("ct.syscall", MEASURE((void)0, sys_null()) - empty);
    result("ct.signal", MEASURE(sys_event_wait(0, ~0ull), sys_event_signal((uint64_t)event)) - empty);
    sys_event_wait(0, ~0ull);
}

/* From the deadline to the first instruction behind the call; nobody else runs on this CPU. */
static void measure_wakeup(void)
{
    uint64_t deadline = 0;

    sleep(QUIET_S);
    for (unsigned i = 0; i < RUNS; i++) {
        deadline = clock_tsc() + SLEEP_TICKS;
        sys_event_wait(deadline, ~0ull);
        ticks[i] = clock_tsc() - deadline;
    }
    result("ct.timed_wakeup", median());
}

/* Each yield comes back after one of the partner: two switches. */
static void measure_yield(void)
{
    sleep(PARTNER_S / 2);
    result("ct.yield", (MEASURE((void)0, sys_yield()) - empty) / 2);
}

static int partner(void)
{
    sleep(PARTNER_S / 2);
    uint64_t end = clock_deadline_ms(PARTNER_S * 1000);
    while (clock_tsc() < end)
        sys_yield();
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "partner") == 0)
        return partner();
    empty = MEASURE((void)0, (void)0);
    measure_calls();
    measure_wakeup();
    measure_yield();
    return 0;
}
