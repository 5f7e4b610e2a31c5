/* SPDX-License-Identifier: MIT */
/* `stats`: a partition's figures, live while it runs and the last ones afterwards. */
#include <inttypes.h>
#include <stdio.h>
#include <user/clock.h>
#include <user/sys.h>
#include "stats.h"
#include "trap_names.h"

void stats_refresh(struct part *part)
{
    if (part->handle <= 0)
        return;
    (void)sys_part_info((uint64_t)part->handle, &part->info);
    if (part->conf->kind == CONF_VM)
        (void)sys_part_stats((uint64_t)part->handle, &part->stats);
}

static uint64_t until(uint64_t figure, uint64_t now)
{
    return (int64_t)figure < 0 ? figure + now : figure;
}

bool stats_cpu(unsigned index, struct cpu_stats *stats, uint64_t *tsc)
{
    if (sys_cpu_stats(index, stats) < 0)
        return false;
    *tsc = clock_tsc();
    stats->idle_tsc = until(stats->idle_tsc, *tsc);
    stats->guest_tsc = until(stats->guest_tsc, *tsc);
    return true;
}

uint64_t stats_sum(const uint64_t *counts, unsigned n)
{
    uint64_t total = 0;

    for (unsigned i = 0; i < n; i++)
        total += counts[i];
    return total;
}

static void print_exits(const struct part_stats *stats)
{
    printf("VM exits    %" PRIu64 ", %" PRIu64 " of them for the VMM\n",
           stats_sum(stats->exits, STATS_REASONS), stats_sum(stats->to_vmm, EXIT_KINDS));
    for (uint32_t i = 0; i < STATS_REASONS; i++) {
        const char *name = exit_reason_name(i);

        if (stats->exits[i] != 0)
            printf("  %12" PRIu64 "  %2" PRIu32 " %s\n", stats->exits[i], i,
                   name == NULL ? "unknown reason" : name);
    }
    for (uint32_t i = 0; i < EXIT_KINDS; i++)
        if (stats->to_vmm[i] != 0)
            printf("  %12" PRIu64 "  to the VMM: %s\n", stats->to_vmm[i], exit_kind_name(i));
    printf("injected    %" PRIu64 " interrupts and exceptions\n", stats->injected);
    printf("bad MSRs    %" PRIu64 "\n", stats->unknown_msr);
}

static uint64_t ms(uint64_t ticks)
{
    return clock_to_ns(ticks) / 1000000;
}

void stats_print(struct part *part)
{
    const struct part_info *info = &part->info;

    if (part->info.state == PART_NEW && !part_alive(part)) {
        printf("%s was not started: %s\n", part->conf->name, part->ended);
        return;
    }
    stats_refresh(part);
    printf("%s: %s%s%s\n", part->conf->name, life_name(part->state),
           part_alive(part) ? "" : ": ", part_alive(part) ? "" : part->ended);
    printf("CPU time    %" PRIu64 " TSC ticks (%" PRIu64 " ms)\n", info->cpu_tsc,
           ms(info->cpu_tsc));
    if (part->conf->kind == CONF_VM)
        printf("in guests   %" PRIu64 " ms, in the VMM %" PRIu64 " ms; exits in the kernel %" PRIu64
               " us, while traced\n", ms(info->guest_tsc), ms(info->cpu_tsc - info->guest_tsc),
               clock_to_ns(info->kernel_tsc) / 1000);
    printf("throttled   %" PRIu64 " times, %" PRIu64 " ms\n", info->throttled, ms(info->throttled_tsc));
    printf("wake-up     late by %" PRIu64 " us at worst\n", clock_to_ns(info->latency) / 1000);
    printf("memory      %" PRIu64 " of %" PRIu64 " KiB\n", info->mem_pages * 4,
           info->mem_quota * 4);
    printf("kernel      %" PRIu64 " of %" PRIu64 " KiB, EPT %" PRIu64 " KiB, page tables %" PRIu64 " KiB\n",
           info->kmem_pages * 4, info->kmem_quota * 4, info->ept_pages * 4, info->ptab_pages * 4);
    printf("threads     %" PRIu32 ", handles %" PRIu32 "\n", info->threads, info->handles);
    if (part->conf->kind == CONF_VM)
        print_exits(&part->stats);
}
