/* SPDX-License-Identifier: MIT */
/*
 * Container that sleeps, wakes, signals itself and gives up its turn at awkward times, and counts the
 * time that it had a CPU by looking at the TSC often: that must stay below what it is allowed.
 * Arguments: per cent, ticks that each pattern takes.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <user/clock.h>
#include <user/sys.h>

#define GAP   4000u /* ticks: who looks at the clock later was away or asleep */
#define CRUMB 20000u
#define NEVER_SET (1ull << 60)

static uint64_t mine, last, self;

static void look(void)
{
    uint64_t now = clock_tsc();

    mine += now - last < GAP ? now - last : 0;
    last = now;
}

static void compute(uint64_t ticks)
{
    for (uint64_t end = clock_tsc() + ticks; clock_tsc() < end;)
        look();
}

static uint64_t any(uint64_t below)
{
    return (uint64_t)rand() % below;
}

static void crumbs(void)
{
    compute(CRUMB);
    sys_event_wait(clock_tsc() + CRUMB / 4, NEVER_SET);
    look();
}

static void bursts(void)
{
    compute(any(50 * CRUMB));
    sys_event_wait(clock_tsc() + any(10 * CRUMB), NEVER_SET);
    look();
}

static void yields(void)
{
    sys_yield();
    compute(any(CRUMB / 10));
}

static void signals(void)
{
    sys_event_signal(self);
    sys_event_wait(~0ull, 2);
    look();
}

int main(int argc, char **argv)
{
    static const struct { const char *name; void (*run)(void); } patterns[] = {
        { "crumbs", crumbs }, { "bursts", bursts }, { "yields", yields }, { "signals", signals },
    };
    uint64_t percent = argc > 1 ? strtoull(argv[1], NULL, 0) : 10;
    uint64_t ticks = argc > 2 ? strtoull(argv[2], NULL, 0) : 200000000;
    int bad = 0;

    self = (uint64_t)sys_event_create(0, 2);
    for (unsigned i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        uint64_t start = clock_tsc(), share;

        mine = 0;
        for (last = start; clock_tsc() - start < ticks;)
            patterns[i].run();
        share = mine * 1000 / (clock_tsc() - start);
        printf("ctr_x_budget: %s: %llu per mille\n", patterns[i].name, (unsigned long long)share);
        bad += share < 5 || share > percent * 10 + 10;
    }
    return bad;
}
