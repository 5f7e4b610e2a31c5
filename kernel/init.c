// SPDX-License-Identifier: MIT
// Start-up: the ordered table of steps, on the boot CPU.
#include <lib/string.h>
#include <sys/log.h>
#include "init.h"
#include "irq.h"
#include "log.h"
#include "memory.h"
#include "panic.h"
#include "sched.h"
#include "trace.h"

static const struct boot_info *boot;
uint64_t tsc_hz;
bool vmx_available;

void init_cpu_vmx(struct cpu *cpu)
{
    void *page = vmx_available ? sys_page_alloc(&kmem_root) : NULL;

    if (page && vmx_cpu_on(page) == OK)
        cpu->vmx_on = true;
    else if (vmx_available)
        sys_panic("CPU %u cannot enter VMX operation although the boot CPU can", cpu->index);
}

static void vmx_start(void)
{
    void *page[4];

    vmx_available = boot->vmx_usable;
    if (!vmx_available)
        return;
    for (unsigned i = 0; i < 4; i++)
        if (!(page[i] = sys_page_alloc(&kmem_root)))
            sys_panic("no kernel memory for the VT-x bitmaps");
    vmx_init(&boot->vmx);
    vmx_bitmaps_init(page[0], page[1], page[2], page[3]);
    init_cpu_vmx(this_cpu());
}

// Runs on the boot CPU's own stack.
static void start_rest(void)
{
    lapic_start();
    irq_init(boot);
    vmx_start();
    kernel_lock_take(); // what is allocated until root runs: CPUs that are up already idle, and clear memory
    smp_init(boot);
    ptab_drop_low_half();
    sys_log("kernel: %u of %u CPUs, TSC %lu MHz, %lu MiB RAM free, %lu KiB kernel pool free", cpu_count,
            boot->cpu_count, tsc_hz / 1000000, frame_free_pages() / 256, kmem_free_pages() * 4);
    root_start(boot);
}

noreturn void kernel_main(const struct boot_info *info)
{
    boot = info;
    tsc_hz = info->tsc_hz;
    console_init(info);
    if (info->magic != BOOT_INFO_MAGIC || info->version != BOOT_INFO_VERSION)
        sys_panic("boot_info is version %u, this kernel wants %u", info->version, BOOT_INFO_VERSION);
    trace_rings = (struct trace_record *)info->trace_va;
    trace_size = info->trace_records;
    kmem_init(info, frame_tables(info));
    frame_init(info);
    ptab_init(info);
    lapic_init_boot();
    screen_init(info);
    power_init(info);
    cpu_create(0, 0, info->cpu[0].apic_id);
    cpu_count = 1;
    cpu_start(cpus[0]);
    cpu_switch_stack(cpus[0], start_rest);
}
