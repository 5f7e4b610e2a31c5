// SPDX-License-Identifier: MIT
// The CPU's own local APIC (SDM vol. 3, chapter 10), xAPIC or x2APIC, and its timer.
#include <hw/apic.h>
#include <hw/cpuid.h>
#include <hw/msr.h>
#include <sys/log.h>
#include "irq.h"
#include "memory.h"
#include "sched.h"

static bool x2apic, deadline_mode;
static volatile uint32_t *xapic;
static uint64_t timer_hz; // one-shot mode: ticks per second of the count register

static uint32_t lapic_read(uint32_t offset)
{
    return x2apic ? (uint32_t)x86_rdmsr(APIC_MSR(offset)) : xapic[offset / 4];
}

static void lapic_write(uint32_t offset, uint32_t value)
{
    if (x2apic)
        x86_wrmsr(APIC_MSR(offset), value);
    else
        xapic[offset / 4] = value;
}

void lapic_init_boot(void)
{
    uint32_t features = x86_cpuid(1, 0).c;

    x2apic = features & CPUID_1C_X2APIC;
    deadline_mode = features & CPUID_1C_DEADLINE;
    if (!x2apic)
        xapic = ptab_map_device(x86_rdmsr(MSR_APIC_BASE) & APIC_BASE_ADDRESS, PAGE_BYTES, PTE_PCD | PTE_PWT);
}

// Without deadline mode: count how fast the timer runs, against the TSC, once.
static void calibrate(void)
{
    lapic_write(APIC_TIMER_DIVIDE, 0xb); // divide by 1
    lapic_write(APIC_LVT_TIMER, APIC_LVT_MASKED);
    uint64_t start = x86_rdtsc();
    lapic_write(APIC_TIMER_INITIAL, 0xffffffff);
    while (x86_rdtsc() - start < tsc_hz / 100)
        x86_pause();
    timer_hz = (0xffffffffull - lapic_read(APIC_TIMER_CURRENT)) * 100;
    lapic_write(APIC_TIMER_INITIAL, 0);
}

void lapic_start(void)
{
    uint64_t base = x86_rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE;

    x86_wrmsr(MSR_APIC_BASE, base);
    if (x2apic)
        x86_wrmsr(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
    lapic_write(APIC_TPR, 0);
    lapic_write(APIC_SVR, APIC_SVR_ENABLE | VECTOR_SPURIOUS);
    lapic_write(APIC_LVT_LINT0, APIC_LVT_MASKED);
    lapic_write(APIC_LVT_LINT1, APIC_MODE_NMI);
    lapic_write(APIC_LVT_ERROR, APIC_LVT_MASKED);
    lapic_write(APIC_LVT_PMC, APIC_LVT_MASKED);
    lapic_write(APIC_LVT_THERMAL, APIC_LVT_MASKED);
    if (!deadline_mode && timer_hz == 0)
        calibrate();
    lapic_write(APIC_TIMER_DIVIDE, 0xb);
    lapic_write(APIC_LVT_TIMER, VECTOR_TIMER | (deadline_mode ? APIC_TIMER_DEADLINE : APIC_TIMER_ONE_SHOT));
    x86_mfence(); // SDM 10.5.4.1: before the first write of the deadline in xAPIC mode
}

void lapic_eoi(void)
{
    lapic_write(APIC_EOI, 0);
}

void lapic_ipi(uint32_t apic_id, uint32_t command)
{
    if (x2apic) {
        x86_mfence(); // the write is not serialising: what the receiver reads must be visible first
        x86_wrmsr(APIC_MSR(APIC_ICR), (uint64_t)apic_id << 32 | command);
        return;
    }
    while (lapic_read(APIC_ICR) & APIC_ICR_BUSY)
        x86_pause();
    lapic_write(APIC_ICR_HIGH, apic_id << 24);
    lapic_write(APIC_ICR, command);
}

void lapic_timer(uint64_t tsc)
{
    if (deadline_mode) {
        x86_wrmsr(MSR_TSC_DEADLINE, tsc == NEVER ? 0 : tsc);
        return;
    }
    uint64_t now = x86_rdtsc();
    uint64_t ticks = 0;
    if (tsc != NEVER) {
        uint64_t left = tsc > now ? tsc - now : 0;
        ticks = left / tsc_hz > 0 ? timer_hz : left * timer_hz / tsc_hz; // at most a second: then asked again
        ticks = ticks == 0 ? 1 : ticks > 0xffffffff ? 0xffffffff : ticks;
    }
    lapic_write(APIC_TIMER_INITIAL, (uint32_t)ticks);
}
