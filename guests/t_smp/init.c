// SPDX-License-Identifier: MIT
// Start of all CPUs, and INIT of CPUs that run, wait or are halted.
#include "t_smp.h"

static volatile uint64_t ids[SMP_MAX], heartbeat, base_msr;

static void report_ids(void)
{
    uint32_t x2 = cpuid_sub(0xb, 0).edx, id = apic_is_x2() ? apic_read(APIC_ID) : apic_read(APIC_ID) >> 24;
    ids[smp_self()] = 1ull << 32 | (uint64_t)x2 << 16 | id;
}

void test_start(void)
{
    unsigned up = 0, right = 0;
    for (unsigned cpu = 1; cpu < smp_count(); cpu++)
        up += smp_start(cpu);
    check_eq(up, smp_count() - 1, "CPUs came up");
    smp_all(report_ids);
    for (unsigned cpu = 1; cpu < smp_count(); cpu++)
        right += ids[cpu] == (1ull << 32 | (uint64_t)cpu << 16 | cpu);
    check_eq(right, smp_count() - 1, "CPUs tell their own APIC id, in the APIC and by CPUID");
    check(rdmsr(MSR_APIC_BASE) & APIC_BASE_BSP, "this is the bootstrap CPU");
}

static void beat(void)
{
    base_msr = rdmsr(MSR_APIC_BASE);
    for (;;)
        heartbeat++;
}

static void stay_halted(void)
{
    heartbeat++;
    for (;;)
        asm volatile("cli; hlt");
}

static bool begins(unsigned cpu, smp_job *job)
{
    heartbeat = 0;
    smp_run(cpu, job);
    return time_wait(&heartbeat, 1, 1000);
}

void test_init(void)
{
    unsigned stopped = 0, started = 0, again = 0, last = smp_count() - 1;
    for (unsigned i = 0; i < 12; i++) {
        unsigned cpu = 1 + i % last;
        again += begins(cpu, i % 3 == 2 ? stay_halted : beat);
        smp_init_ipi(cpu);
        time_spin_us(1000);
        uint64_t then = heartbeat;
        time_spin_us(500);
        stopped += heartbeat == then;
        started += smp_startup(cpu);
    }
    check_eq(again, 12, "CPUs took work before INIT");
    check_eq(stopped, 12, "INIT stops a CPU that runs or is halted");
    check_eq(started, 12, "start-up brings it back");
    uint64_t starts = smp_starts[1];
    apic_icr(1ull << 32 | 0x600 | APIC_ICR_ASSERT | SMP_PAGE >> 12);
    time_spin_us(2000);
    check_eq(smp_starts[1], starts, "start-up of a CPU that runs does nothing");
    begins(1, beat);
    check_eq(base_msr & (APIC_BASE_ON | APIC_BASE_X2), rdmsr(MSR_APIC_BASE) & (APIC_BASE_ON | APIC_BASE_X2),
             "INIT leaves the APIC's mode alone");
    check(!(base_msr & APIC_BASE_BSP), "it is no bootstrap CPU");
    check(smp_start(1), "and once more");
}
