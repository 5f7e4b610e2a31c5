/* SPDX-License-Identifier: MIT */
/* `stats --json`: everything that is counted, as one line that begins with {"bulkhead": */
#include <inttypes.h>
#include <stdio.h>
#include <user/clock.h>
#include <user/start.h>
#include <user/sys.h>
#include "stats.h"
#include "trap_names.h"

static void text(const char *key, const char *value)
{
    printf("\"%s\":\"", key);
    for (; *value != '\0'; value++)
        if (*value == '"' || *value == '\\')
            printf("\\%c", *value);
        else if ((unsigned char)*value < ' ' || (unsigned char)*value > '~')
            printf("\\u%04x", (unsigned char)*value);
        else
            putchar(*value);
    printf("\"");
}

static void number(const char *key, uint64_t value)
{
    printf(",\"%s\":%" PRIu64, key, value);
}

/* Only what is not 0; reasons and kinds that have no name go by their number. */
static void counts(const char *key, const uint64_t *count, unsigned n, const char *(*name)(uint32_t))
{
    bool first = true;

    printf(",\"%s\":{", key);
    for (unsigned i = 0; i < n; i++) {
        const char *word = name(i);
        char digits[12];

        if (count[i] == 0)
            continue;
        snprintf(digits, sizeof(digits), "%u", i);
        printf("%s\"%s\":%" PRIu64, first ? "" : ",", word == NULL ? digits : word, count[i]);
        first = false;
    }
    printf("}");
}

static void one_cpu(unsigned index)
{
    struct cpu_stats c = { 0 };
    uint64_t tsc = 0;

    (void)stats_cpu(index, &c, &tsc);
    printf("%s{\"cpu\":%u", index == 0 ? "" : ",", index);
    number("tsc", tsc);
    number("idle_tsc", c.idle_tsc);
    number("guest_tsc", c.guest_tsc);
    number("choices", c.switches);
    number("timer_interrupts", c.timers);
    number("ipis", c.kicks);
    number("device_interrupts", c.devices);
    printf("}");
}

static void one_part(struct part *part, bool first)
{
    const struct part_info *info = &part->info;
    const struct part_stats *stats = &part->stats;

    stats_refresh(part);
    printf("%s{", first ? "" : ",");
    text("name", part->conf->name);
    printf(",\"kind\":\"%s\",", part->conf->kind == CONF_VM ? "vm" : "container");
    text("state", life_name(part->state));
    printf(",");
    text("ended", part->ended);
    number("id", info->id);
    number("cpu_tsc", info->cpu_tsc);
    number("guest_tsc", info->guest_tsc);
    number("kernel_tsc", info->kernel_tsc);
    number("latency_tsc", info->latency);
    number("throttled_tsc", info->throttled_tsc);
    number("throttled", info->throttled);
    number("memory_kib", info->mem_pages * 4);
    number("memory_quota_kib", info->mem_quota * 4);
    number("kernel_kib", info->kmem_pages * 4);
    number("kernel_quota_kib", info->kmem_quota * 4);
    number("ept_kib", info->ept_pages * 4);
    number("page_tables_kib", info->ptab_pages * 4);
    number("threads", info->threads);
    number("handles", info->handles);
    number("exits", stats_sum(stats->exits, STATS_REASONS));
    number("exits_to_vmm", stats_sum(stats->to_vmm, EXIT_KINDS));
    number("injected", stats->injected);
    number("unknown_msrs", stats->unknown_msr);
    counts("exits_by_reason", stats->exits, STATS_REASONS, exit_reason_name);
    counts("to_vmm_by_kind", stats->to_vmm, EXIT_KINDS, exit_kind_name);
    printf("}");
}

void stats_json(struct part *only)
{
    const struct start_info *si = start_info();
    bool first = true;

    printf("{\"bulkhead\":1");
    number("tsc_hz", si->tsc_hz);
    number("tsc", clock_tsc());
    printf(",\"cpus\":[");
    for (unsigned i = 0; i < si->cpu_count; i++)
        one_cpu(i);
    printf("],\"partitions\":[");
    FOR_EACH_PART(part) {
        if (only != NULL && part != only)
            continue;
        one_part(part, first);
        first = false;
    }
    printf("]}\n");
}
