/* SPDX-License-Identifier: MIT */
/* From the plan to running partitions, and what is said and given back when one ends. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <abi/guest.h>
#include <user/start.h>
#include <user/sys.h>
#include "console.h"
#include "part.h"
#include "trap_names.h"

struct plan_part plan[CONF_MAX_PARTS];
struct part parts[CONF_MAX_PARTS];

#define RESERVE_PAGES 64u /* of root's own, beside a console for each partition */
#define CONSOLE_COST  (CONSOLE_SHM_BYTES / 4096u + 1) /* rings, first page of scrollback */

struct part *part_find(const char *name)
{
    for (unsigned i = 0; i < conf.count; i++)
        if (strcmp(conf.part[i].name, name) == 0)
            return &parts[i];
    return NULL;
}

static void make_plan(void)
{
    static struct plan_need need[CONF_MAX_PARTS];
    const struct start_info *si = start_info();
    uint64_t reserve = RESERVE_PAGES + (uint64_t)CONSOLE_COST * conf.count;
    struct plan_machine machine = {
        .cpu_count = si->cpu_count,
        .free_pages = si->free_pages > reserve ? si->free_pages - reserve : 0,
        .kmem_pages = si->kmem_pages > RESERVE_PAGES ? si->kmem_pages - RESERVE_PAGES : 0,
        .vmx = (si->flags & START_VMX) != 0,
    };

    for (unsigned i = 0; i < conf.count; i++)
        create_judge(i, &need[i], plan[i].why, sizeof(plan[i].why));
    plan_make(&conf, &machine, need, plan);
}

void life_start_all(void)
{
    bool vmx = (start_info()->flags & START_VMX) != 0;

    make_plan();
    for (unsigned i = 0; i < conf.count; i++) {
        struct part *part = &parts[i];

        part->conf = &conf.part[i];
        part->life = PART_NOT_STARTED;
        memcpy(part->ended, plan[i].why, sizeof(part->ended));
        if (plan[i].start && create_part(i))
            part->life = PART_ALIVE;
        else if (part->conf->kind == CONF_VM && !vmx && !part->conf->bad)
            part->life = PART_UNAVAILABLE;
        else
            printf("bulkhead: %s not started: %s\n", part->conf->name, part->ended);
    }
}

/* What the CPU said about a fault in ring 3. */
static void describe_fault(const struct part_info *info, char *text, size_t size)
{
    const char *access = (info->error & 0x10) != 0  ? "executing"
                         : (info->error & 0x02) != 0 ? "writing"
                                                     : "reading";
    const char *name = trap_name(info->vector);

    if (info->vector == TRAP_PAGE_FAULT)
        snprintf(text, size, "%s (vector %" PRIu32 ", error 0x%" PRIx32 ") %s 0x%" PRIx64
                 " at rip 0x%" PRIx64, name, info->vector, info->error, access, info->address,
                 info->rip);
    else if (trap_has_error(info->vector))
        snprintf(text, size, "%s (vector %" PRIu32 ", error 0x%" PRIx32 ") at rip 0x%" PRIx64,
                 name, info->vector, info->error, info->rip);
    else
        snprintf(text, size, "%s (vector %" PRIu32 ") at rip 0x%" PRIx64, name, info->vector,
                 info->rip);
}

/* What the VMM says with its exit code. */
static const char *vm_end_text(int64_t code)
{
    switch (code) {
    case VM_END_POWER_OFF: return " (power-off)";
    case VM_END_CONFIG: return " (its files or settings are unusable)";
    case VM_END_RESOURCES: return " (the VM could not be made)";
    case VM_END_TRIPLE_FAULT: return " (triple fault)";
    case VM_END_ENTRY_FAIL: return " (the CPU refused the guest's state)";
    case VM_END_INSTRUCTION: return " (an instruction that cannot be emulated)";
    case VM_END_RESET: return " (reset)";
    case VM_END_INTERNAL: return " (fault of the VMM)";
    default: return "";
    }
}

static void describe_end(const struct part *part, char *text, size_t size)
{
    const struct part_info *info = &part->info;

    switch (info->end) {
    case END_EXIT:
        snprintf(text, size, "exit code %" PRId64 "%s", info->code,
                 part->conf->kind == CONF_VM ? vm_end_text(info->code) : "");
        break;
    case END_KILLED: snprintf(text, size, "killed"); break;
    case END_FAULT: describe_fault(info, text, size); break;
    default: snprintf(text, size, "unknown end %" PRIu32, info->end); break;
    }
}

/* Take its figures and last words, then give back all that it held. */
static void bury(struct part *part)
{
    char last[120];

    stats_refresh(part);
    console_drain(part);
    describe_end(part, part->ended, sizeof(part->ended));
    part->life = PART_GONE;
    if (part->wake > 0)
        sys_handle_close((uint64_t)part->wake);
    if (part->power > 0)
        sys_handle_close((uint64_t)part->power);
    part->wake = part->power = 0;
    part_give_back(part);
    console_notice("bulkhead: %s ended: %s", part->conf->name, part->ended);
    if (part->info.end != END_EXIT || part->info.code != 0) {
        console_last_line(part, last, sizeof(last));
        if (last[0] != '\0')
            console_notice("bulkhead: %s: its last line was: %s", part->conf->name, last);
    }
    console_ended(part);
}

void life_check(void)
{
    for (unsigned i = 0; i < conf.count; i++) {
        struct part *part = &parts[i];

        if (part->life != PART_ALIVE)
            continue;
        if (sys_part_info((uint64_t)part->handle, &part->info) == 0 &&
            part->info.state == PART_ENDED)
            bury(part);
    }
}

void life_kill(struct part *part)
{
    int64_t result = sys_part_kill((uint64_t)part->handle);

    if (result < 0)
        printf("%s: cannot be killed: %s\n", part->conf->name, sys_error(result));
    life_check();
}

bool life_all_ended(void)
{
    for (unsigned i = 0; i < conf.count; i++)
        if (parts[i].life == PART_ALIVE)
            return false;
    return true;
}
