/* SPDX-License-Identifier: MIT */
/* `stats NAME`: a partition's figures, live while it runs and the last ones afterwards. */
#include <inttypes.h>
#include <stdio.h>
#include <user/clock.h>
#include <user/sys.h>
#include "part.h"
#include "trap_names.h"

void stats_refresh(struct part *part)
{
    if (part->handle <= 0)
        return;
    (void)sys_part_info((uint64_t)part->handle, &part->info);
    if (part->conf->kind == CONF_VM)
        (void)sys_part_stats((uint64_t)part->handle, &part->stats);
}

static uint64_t sum(const uint64_t *counts, unsigned n)
{
    uint64_t total = 0;

    for (unsigned i = 0; i < n; i++)
        total += counts[i];
    return total;
}

static void print_exits(const struct part_stats *stats)
{
    printf("VM exits    %" PRIu64 ", %" PRIu64 " of them for the VMM\n",
           sum(stats->exits, STATS_REASONS), sum(stats->to_vmm, EXIT_KINDS));
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
           clock_to_ns(info->cpu_tsc) / 1000000);
    printf("memory      %" PRIu64 " of %" PRIu64 " KiB\n", info->mem_pages * 4,
           info->mem_quota * 4);
    printf("kernel      %" PRIu64 " of %" PRIu64 " KiB, EPT %" PRIu64 " KiB, page tables %" PRIu64 " KiB\n",
           info->kmem_pages * 4, info->kmem_quota * 4, info->ept_pages * 4, info->ptab_pages * 4);
    printf("threads     %" PRIu32 ", handles %" PRIu32 "\n", info->threads, info->handles);
    if (part->conf->kind == CONF_VM)
        print_exits(&part->stats);
}
