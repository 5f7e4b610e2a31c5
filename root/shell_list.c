/* SPDX-License-Identifier: MIT */
/* `list`: the table of partitions. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <user/start.h>
#include <user/sys.h>
#include "part.h"
#include "shell.h"

static bool unavailable(const struct part *part)
{
    return part->state == LIFE_NEW && part->conf->kind == CONF_VM && !part->conf->bad &&
           (start_info()->flags & START_VMX) == 0;
}

/* 512M, 64K, 3G: the largest unit that divides it. */
static const char *size_text(uint64_t bytes, char *text, size_t size)
{
    static const char units[] = "KMGT";
    uint64_t n = bytes / 1024;
    unsigned u = 0;

    while (u < 3 && n != 0 && n % 1024 == 0) {
        n /= 1024;
        u++;
    }
    snprintf(text, size, "%" PRIu64 "%c", n, units[u]);
    return text;
}

const char *shell_cpus(const struct part *part, char *text, size_t size)
{
    uint64_t set[CONF_HOST_CPUS / 64] = { 0 };

    if (!part->plan.start)
        return "-";
    for (unsigned i = 0; i < CONF_MAX_CPUS; i++)
        if (plan_has(&part->plan, i))
            set[part->plan.cpu[i] / 64] |= 1ull << part->plan.cpu[i] % 64;
    cpus_text(set, text, size - 1);
    return part->conf->cpus.exclusive ? strcat(text, "!") : text;
}

/* What root has left to give: everything that no partition holds. */
static void print_free(void)
{
    static struct part_info info;

    if (sys_part_info(H_SELF_PART, &info) == 0)
        printf("free: %" PRIu64 " KiB of memory, %" PRIu64 " KiB of kernel memory\n",
               (info.mem_quota - info.mem_pages) * 4, (info.kmem_quota - info.kmem_pages) * 4);
}

void shell_list(void)
{
    char memory[24], cpus[32];

    printf("%-12s %-9s %-11s %4s %7s  %s\n", "NAME", "KIND", "STATE", "CPUS", "MEMORY", "REMARK");
    FOR_EACH_PART(part) {
        printf("%-12s %-9s %-11s %4s %7s  %s\n", part->conf->name,
               part->conf->kind == CONF_VM ? "vm" : "container",
               unavailable(part) ? "unavailable" : life_name(part->state),
               shell_cpus(part, cpus, sizeof(cpus)), size_text(part->conf->memory, memory, sizeof(memory)),
               part->ended);
    }
    if (part_next(NULL) == NULL)
        printf("(no partitions)\n");
    print_free();
}
