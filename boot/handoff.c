/* SPDX-License-Identifier: MIT */
/*
 * From the firmware's address space to the kernel's. The code that switches must be mapped in
 * both at the same address: it is copied to a page of its own.
 */
#include <abi/trace.h>
#include "boot.h"

#define STACK_BYTES   (16 * 1024)
#define TRACE_RECORDS 8192 /* of a CPU, 32 bytes each */
#define TRACE_SHARE   16

/* switch.S: position independent, shorter than a page */
extern const uint8_t handoff_code[], handoff_code_end[];
typedef void handoff_function(uint64_t pml4, uint64_t entry, uint64_t stack, uint64_t info);

/* smp_code.S */
extern const uint8_t smp_code[], smp_code_end[], smp_gdt_pointer[], smp_jump[], smp_cr3[], smp_entry[];

static uint64_t stack_top;

/* A ring for each CPU, as long as all together take a sixteenth of the pool at most. */
static void take_trace_rings(struct boot_info *info)
{
    uint64_t records = TRACE_RECORDS, all = info->cpu_count * sizeof(struct trace_record);

    while (records > 1 && records * all > info->kpool_bytes / TRACE_SHARE)
        records /= 2;
    info->trace_records = records;
    info->trace_va = memory_pool_va(info, memory_pool_take(info, records * all));
}

/* Executable for firmware too, hence loader code; memory_leave() keeps it out of the free RAM. */
void handoff_prepare(struct boot_info *info)
{
    void *page = memory_take(1, EfiLoaderCode, "handoff page");

    memcpy(page, handoff_code, (uint64_t)(handoff_code_end - handoff_code));
    info->handoff_page = (uint64_t)page;
    take_trace_rings(info);
    stack_top = memory_pool_va(info, memory_pool_take(info, STACK_BYTES)) + STACK_BYTES;
}

static void patch32(uint8_t *page, const uint8_t *where, uint32_t add)
{
    uint32_t value;

    memcpy(&value, page + (where - smp_code), sizeof(value));
    value += add;
    memcpy(page + (where - smp_code), &value, sizeof(value));
}

/* They load CR3 before they can load more than 32 bits of it. */
void handoff_prepare_smp(struct boot_info *info, uint64_t entry)
{
    uint8_t *page = (uint8_t *)info->smp_page;

    if (page == NULL)
        return;
    if (info->pml4 >> 32 != 0) {
        say("page tables lie above 4 GiB: only this CPU can be used");
        info->smp_page = 0;
        return;
    }
    memcpy(page, smp_code, (uint64_t)(smp_code_end - smp_code));
    patch32(page, smp_jump, (uint32_t)info->smp_page);
    patch32(page, smp_gdt_pointer + 2, (uint32_t)info->smp_page);
    patch32(page, smp_cr3, (uint32_t)info->pml4);
    memcpy(page + (smp_entry - smp_code), &entry, sizeof(entry));
}

void handoff_enter(const struct boot_info *info, uint64_t entry)
{
    handoff_function *handoff = (handoff_function *)info->handoff_page;

    handoff(info->pml4, entry, stack_top, memory_pool_va(info, info));
    __builtin_unreachable();
}
