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

#define RESERVE_PAGES 64u /* of root's own, beside a console for each partition */
#define CONSOLE_COST  (CONSOLE_SHM_BYTES / 4096u + 1) /* rings, first page of scrollback */

static struct plan_machine machine; /* what is left to give; loads of the CPUs */

static void ask_kernel_what_is_left(void)
{
    const uint64_t reserve = RESERVE_PAGES + CONSOLE_COST;
    struct part_info own = { 0 };

    if (sys_part_info(H_SELF_PART, &own) < 0)
        return;
    machine.free_pages = own.mem_quota - own.mem_pages;
    machine.free_pages -= machine.free_pages < reserve ? machine.free_pages : reserve;
    machine.kmem_pages = own.kmem_quota - own.kmem_pages;
    machine.kmem_pages -= machine.kmem_pages < reserve ? machine.kmem_pages : reserve;
}

/* Plan for it and create it; false: part->ended says why it does not run. */
static bool start(struct part *part)
{
    struct plan_need need;

    ask_kernel_what_is_left();
    create_judge(part->conf, &need, part->plan.why, sizeof(part->plan.why));
    plan_one(&machine, part->conf, &need, &part->plan);
    memcpy(part->ended, part->plan.why, sizeof(part->ended));
    if (!part->plan.start)
        return false;
    if (create_part(part))
        return true;
    plan_undo(&machine, part->conf, &part->plan);
    return false;
}

void life_start_all(void)
{
    machine.cpu_count = start_info()->cpu_count;
    machine.vmx = (start_info()->flags & START_VMX) != 0;
    for (unsigned i = 0; i < conf.count; i++) {
        struct part *part = part_add(&conf.part[i]);

        if (part == NULL) {
            printf("bulkhead: %s not started: no memory for it in root\n", conf.part[i].name);
            continue;
        }
        part->life = PART_NOT_STARTED;
        if (start(part))
            part->life = PART_ALIVE;
        else if (part->conf->kind == CONF_VM && !machine.vmx && !part->conf->bad)
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
    plan_undo(&machine, part->conf, &part->plan);
    console_notice("bulkhead: %s ended: %s", part->conf->name, part->ended);
    if (part->info.end != END_EXIT || part->info.code != 0) {
        console_last_line(part, last, sizeof(last));
        if (last[0] != '\0')
            console_notice("bulkhead: %s: its last line was: %s", part->conf->name, last);
    }
    console_ended(part);
}

void life_check(uint64_t ends)
{
    FOR_EACH_PART(part) {
        if (part->life != PART_ALIVE || (ends & part_end_bit(part)) == 0)
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
    life_check(part_end_bit(part));
}

bool life_all_ended(void)
{
    FOR_EACH_PART(part)
        if (part->life == PART_ALIVE)
            return false;
    return true;
}
