/* SPDX-License-Identifier: MIT */
/* How a partition ended, in words. */
#include <inttypes.h>
#include <stdio.h>
#include <abi/guest.h>
#include "end_text.h"
#include "trap_names.h"

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

void end_text(const struct part_info *info, bool is_vm, char *text, size_t size)
{
    switch (info->end) {
    case END_EXIT:
        snprintf(text, size, "exit code %" PRId64 "%s", info->code,
                 is_vm ? vm_end_text(info->code) : "");
        break;
    case END_KILLED: snprintf(text, size, "killed"); break;
    case END_FAULT: describe_fault(info, text, size); break;
    default: snprintf(text, size, "unknown end %" PRIu32, info->end); break;
    }
}

bool end_failed(const struct part_info *info)
{
    return info->end != END_EXIT || info->code != 0;
}

