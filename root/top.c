/* SPDX-License-Identifier: MIT */
/* `top`: CPUs and partitions, what they did in the last second, on a terminal of 80 by 25. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <user/clock.h>
#include <user/start.h>
#include <user/sys.h>
#include "job.h"
#include "shell.h"
#include "stats.h"

#define SCREEN_ROWS 24u
#define CPU_ROWS    8u
#define HEAD_ROWS   5u /* title, two headings, a blank line, the help line */
#define CPUS_MAX    256u

/* What a partition had done at the last look; id tells when a slot was given again. */
struct sample {
    uint32_t id;
    uint64_t cpu, guest, exits, vmm;
};

struct row {
    const struct part *part;
    struct sample delta;
};

static struct sample before[PART_MAX];
static struct cpu_stats cpu_before[CPUS_MAX];
static uint64_t cpu_tsc_before[CPUS_MAX];
static uint64_t last; /* TSC of the last look */

static uint64_t per_second(uint64_t count, uint64_t ticks)
{
    return ticks == 0 ? 0 : count * 1000 / (clock_to_ns(ticks) / 1000000 + 1);
}

/* 12.3 percent; figures that are read one after the other may differ by a little more than all. */
static const char *percent(char text[8], uint64_t part, uint64_t all)
{
    uint64_t thousandth = all == 0 ? 0 : part * 1000 / all;

    snprintf(text, 8, "%" PRIu64 ".%" PRIu64, thousandth / 10 % 1000, thousandth % 10);
    return text;
}

static void print_cpu(unsigned index)
{
    struct cpu_stats *was = &cpu_before[index % CPUS_MAX], now = { 0 };
    char idle[8], guest[8], rest[8];
    uint64_t tsc = 0, ticks, idle_ticks, guest_ticks;

    if (!stats_cpu(index, &now, &tsc))
        return;
    ticks = tsc - cpu_tsc_before[index % CPUS_MAX];
    cpu_tsc_before[index % CPUS_MAX] = tsc;
    idle_ticks = now.idle_tsc - was->idle_tsc < ticks ? now.idle_tsc - was->idle_tsc : ticks;
    guest_ticks = now.guest_tsc - was->guest_tsc < ticks ? now.guest_tsc - was->guest_tsc : ticks;
    if (index < CPU_ROWS)
        printf("%3u %7s %7s %7s %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 "\033[K\n", index,
               percent(guest, guest_ticks, ticks),
               percent(rest, ticks > idle_ticks + guest_ticks ? ticks - idle_ticks - guest_ticks : 0, ticks),
               percent(idle, idle_ticks, ticks), per_second(now.switches - was->switches, ticks),
               per_second(now.timers - was->timers, ticks), per_second(now.kicks - was->kicks, ticks),
               per_second(now.devices - was->devices, ticks));
    *was = now;
}

/* The figures since the last look; a partition that is new began at 0. */
static struct sample look(struct part *part)
{
    struct sample *was = &before[part->slot % PART_MAX], now, delta;

    stats_refresh(part);
    now = (struct sample){ part->info.id, part->info.cpu_tsc, part->info.guest_tsc,
                           stats_sum(part->stats.exits, STATS_REASONS), stats_sum(part->stats.to_vmm, EXIT_KINDS) };
    if (was->id != now.id)
        *was = (struct sample){ .id = now.id };
    delta = (struct sample){ now.id, now.cpu - was->cpu, now.guest - was->guest, now.exits - was->exits,
                             now.vmm - was->vmm };
    *was = now;
    return delta;
}

static int busier(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    return x->delta.cpu < y->delta.cpu ? 1 : x->delta.cpu > y->delta.cpu ? -1 : 0;
}

static void print_part(const struct row *row, uint64_t ticks)
{
    const struct part *part = row->part;
    char cpu[8], guest[8];

    printf("%-16.16s %-10.10s %6s %6s %9" PRIu64 " %8" PRIu64 " %9" PRIu64 " %8" PRIu64 "\033[K\n",
           part->conf->name, life_name(part->state), percent(cpu, row->delta.cpu, ticks),
           percent(guest, row->delta.guest, ticks), per_second(row->delta.exits, ticks),
           per_second(row->delta.vmm, ticks), part->info.mem_pages * 4, clock_to_ns(part->info.latency) / 1000);
}

static bool step(void)
{
    static struct row row[PART_MAX];
    unsigned count = 0, cpus = (unsigned)start_info()->cpu_count;
    unsigned shown = SCREEN_ROWS - HEAD_ROWS - (cpus < CPU_ROWS ? cpus : CPU_ROWS);
    uint64_t now = clock_tsc(), ticks = now - last;

    last = now;
    FOR_EACH_PART(part)
        row[count++] = (struct row){ part, look(part) };
    qsort(row, count, sizeof(row[0]), busier);
    printf("\033[Hbulkhead: %u CPUs, %u partitions, up %" PRIu64 " s\033[K\n", cpus, count,
           clock_to_ns(now) / 1000000000);
    printf("CPU  GUEST%%  OTHER%%   IDLE%%  CHOICES/s  TIMERS/s    IPIS/s DEVICES/s\033[K\n");
    for (unsigned i = 0; i < cpus; i++)
        print_cpu(i);
    printf("\033[K\n%-16s %-10s %6s %6s %9s %8s %9s %8s\033[K\n", "NAME", "STATE", "CPU%", "GUEST%", "EXITS/s",
           "VMM/s", "MEM KiB", "LATE us");
    for (unsigned i = 0; i < count && i < shown; i++)
        print_part(&row[i], ticks);
    printf("%u not shown; q leaves\033[K\033[J", count > shown ? count - shown : 0);
    return true;
}

static void over(void)
{
    printf("\n");
}

void shell_top(unsigned words, char **word)
{
    static const struct job top = { step, over, 1000 };

    (void)words;
    (void)word;
    printf("\033[2J");
    last = 0;
    memset(before, 0, sizeof(before));
    memset(cpu_before, 0, sizeof(cpu_before));
    memset(cpu_tsc_before, 0, sizeof(cpu_tsc_before));
    job_start(&top);
}
