/* SPDX-License-Identifier: MIT */
/*
 * `measure NAME N`, for `make bench`: N times a partition like NAME comes and goes; the medians, in TSC ticks.
 *
 *   start    from the decision to start it to the first VM exit of its guest, or to the first instruction of a
 *            program that ends at once with the TSC as its exit code: plan, partition, memory, console, thread; for a
 *            VM all that its VMM does before it enters the guest
 *   whole    a program that ends at once: from the decision until all is given back and forgotten
 *   destroy  a VM that runs: from the decision until all is given back and forgotten
 *
 * Between two the CPU idles for a while, as it does on a machine that is not overloaded, and clears what was freed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <user/clock.h>
#include <user/event.h>
#include <user/sys.h>
#include "console.h"
#include "shell.h"

#define MEASURE_NAME "measure"
#define RUNS_MAX     1000u
#define IDLE_MS      10u
#define WAIT_MS      1000u

static uint64_t started[RUNS_MAX], gone[RUNS_MAX];

static uint64_t idle(uint64_t bits, uint32_t ms)
{
    return event_take(bits, clock_deadline_ms(ms));
}

/* The first VM exit after a time; 0: there was none in the last second. */
static uint64_t first_exit(uint32_t cpu, uint64_t after)
{
    static uint64_t position;
    uint64_t end = clock_deadline_ms(WAIT_MS);
    struct trace_record record = { 0 };

    while (clock_tsc() < end) {
        int64_t next = sys_trace_read(cpu, position, &record);

        if (next <= 0) {
            (void)idle(0, 1);
            continue;
        }
        position = (uint64_t)next;
        if ((record.what & 0xff) == TRACE_EXIT && record.tsc > after)
            return record.tsc;
    }
    return 0;
}

static uint64_t run_vm(struct part *part, uint64_t *destroyed)
{
    uint64_t start = clock_tsc(), first;

    life_event(part, ON_START);
    first = part_alive(part) ? first_exit(part->plan.cpu[0], start) : 0;
    (void)idle(0, IDLE_MS);
    *destroyed = clock_tsc();
    life_event(part, ON_DESTROY);
    *destroyed = clock_tsc() - *destroyed;
    return first - (first != 0 ? start : 0);
}

static uint64_t run_container(struct part *part, uint64_t *whole)
{
    uint64_t start = clock_tsc(), end = part_end_bit(part), first = 0;

    life_event(part, ON_START);
    while (part_alive(part) && event_take(end, start + clock_from_ns(WAIT_MS * 1000000ull)) != 0)
        life_check(end);
    if (!part_alive(part) && part->info.end == END_EXIT)
        first = (uint64_t)part->info.code - start;
    life_event(part, ON_DESTROY);
    *whole = clock_tsc() - start;
    return first;
}

static bool one(const struct conf_part *like, unsigned i)
{
    char why[120];
    struct part *part = life_add(like, why, sizeof(why));

    if (part == NULL)
        return false;
    started[i] = like->kind == CONF_VM ? run_vm(part, &gone[i]) : run_container(part, &gone[i]);
    (void)idle(0, IDLE_MS);
    return started[i] != 0;
}

static int order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static uint64_t median(uint64_t *values, unsigned count)
{
    qsort(values, count, sizeof(*values), order);
    return values[count / 2];
}

void shell_measure(unsigned words, char **word)
{
    struct part *part = shell_named(word[0]);
    unsigned wanted = (unsigned)strtoul(word[1], NULL, 10), done = 0;
    struct conf_part *like;

    (void)words;
    if (part == NULL || wanted == 0 || wanted > RUNS_MAX || (like = malloc(sizeof(*like))) == NULL)
        return;
    *like = *part->conf;
    strcpy(like->name, MEASURE_NAME);
    console_hush(true);
    (void)sys_trace_control(like->kind == CONF_VM ? 1u << TRACE_EXIT : 0);
    while (done < wanted && one(like, done))
        done++;
    (void)sys_trace_control(0);
    console_hush(false);
    printf("measure: %u of %u done; start %" PRIu64 ", %s %" PRIu64 "\n", done, wanted, median(started, done | !done),
           like->kind == CONF_VM ? "destroy" : "whole", median(gone, done | !done));
    free(like);
}
