// SPDX-License-Identifier: MIT
// Local APIC timer: one-shot, periodic, masked, dividers, TSC deadline.
#include "t_irq.h"

#define VEC 0x70

static void arm(uint32_t lvt, uint64_t microseconds)
{
    apic_write(APIC_TIMER_DIVIDE, 0xb); /* by 1 */
    apic_write(APIC_LVT_TIMER, lvt | VEC);
    apic_write(APIC_TIMER_INIT, (uint32_t)(microseconds * apic_hz / 1000000));
}

static void one_shot(void)
{
    trap_counts[VEC] = 0;
    uint64_t start = rdtsc();
    arm(0, 2000);
    check(time_wait(&trap_counts[VEC], 1, 100), "one-shot timer fires");
    check_range(rdtsc() - start, us(1990), us(2400), "after the time set");
    check_eq(apic_read(APIC_TIMER_NOW), 0, "its count is 0 then");
    time_wait(&trap_counts[VEC], 2, 10);
    check_eq(trap_counts[VEC], 1, "and it fires once");
    trap_counts[VEC] = 0;
    arm(0, 2000);
    sti_hlt_cli();
    check_eq(trap_counts[VEC], 1, "one-shot timer ends HLT");
    arm(0, 2000);
    apic_write(APIC_TIMER_INIT, 0);
    time_wait(&trap_counts[VEC], 2, 5);
    check_eq(trap_counts[VEC], 1, "initial count 0 stops it");
}

static void periodic(void)
{
    trap_counts[VEC] = 0;
    uint64_t start = rdtsc();
    arm(APIC_PERIODIC, 1000);
    check(time_wait(&trap_counts[VEC], 20, 200), "periodic timer");
    check_range(rdtsc() - start, us(19900), us(21500), "20 periods last 20 ms");
    while (trap_counts[VEC] < 25)
        sti_hlt_cli();
    check_range(rdtsc() - start, us(24900), us(27500), "5 more in HLT");
    apic_timer_stop();
}

static void masked(void)
{
    trap_counts[VEC] = 0;
    arm(APIC_MASKED, 1000);
    uint32_t a = apic_read(APIC_TIMER_NOW);
    time_spin_us(300);
    uint32_t b = apic_read(APIC_TIMER_NOW);
    check(b < a && b != 0, "a masked timer counts");
    time_wait(&trap_counts[VEC], 1, 3);
    check_eq(trap_counts[VEC], 0, "but does not interrupt");
    check_eq(apic_read(APIC_TIMER_NOW), 0, "and ends at 0");
    arm(0, 1000);
    cli();
    time_spin_us(3000);
    check(apic_bit(APIC_IRR, VEC), "fired with IF clear: IRR");
    check_eq(trap_counts[VEC], 0, "not delivered");
    sti_window();
    check_eq(trap_counts[VEC], 1, "delivered by STI");
}

static void dividers(void)
{
    static const uint8_t code[] = {0xb, 0x0, 0x1, 0x2, 0x3, 0x8, 0x9, 0xa};
    apic_write(APIC_LVT_TIMER, APIC_MASKED | VEC);
    for (unsigned i = 0; i < sizeof(code); i++) {
        apic_write(APIC_TIMER_DIVIDE, code[i]);
        apic_write(APIC_TIMER_INIT, 0xffffffff);
        uint32_t from = apic_read(APIC_TIMER_NOW);
        time_spin_us(1000);
        uint64_t ticks = (uint64_t)(from - apic_read(APIC_TIMER_NOW)) << i;
        check_range(ticks, apic_hz / 1000 * 9 / 10, apic_hz / 1000 * 5 / 4, "divide by %u", 1u << i);
        check_eq(apic_read(APIC_TIMER_DIVIDE), code[i], "divide configuration reads back");
    }
    apic_timer_stop();
}

static void all(void)
{
    trap_set(VEC, on_lapic);
    apic_enable();
    one_shot();
    periodic();
    masked();
    dividers();
}

void test_timer(void)
{
    if (!apic_is_x2())
        all();
    else
        report_skip("xAPIC timer", "firmware enabled x2APIC");
}

void test_x2timer(void)
{
    if (!has_x2apic()) {
        report_skip("x2APIC timer", "no x2APIC");
        return;
    }
    apic_mode(APIC_BASE_ON | APIC_BASE_X2);
    all();
}

static uint64_t fire(uint64_t ticks)
{
    trap_counts[VEC] = 0;
    uint64_t start = rdtsc();
    wrmsr(MSR_TSC_DEADLINE, start + ticks);
    time_wait(&trap_counts[VEC], 1, 50);
    return rdtsc() - start;
}

void test_deadline(void)
{
    uint64_t v;
    if (!(cpuid(1).ecx >> 24 & 1)) {
        check_trap(try_rdmsr(MSR_TSC_DEADLINE, &v), VEC_GP, "TSC_DEADLINE, hidden");
        return;
    }
    trap_set(VEC, on_lapic);
    apic_enable();
    apic_write(APIC_LVT_TIMER, VEC);
    wrmsr(MSR_TSC_DEADLINE, rdtsc() + us(500));
    check_eq(rdmsr(MSR_TSC_DEADLINE), 0, "in one-shot mode TSC_DEADLINE stays 0");
    apic_write(APIC_LVT_TIMER, APIC_DEADLINE | VEC);
    asm volatile("mfence");
    check_range(fire(us(1000)), us(1000), us(1200), "TSC deadline fires in time");
    check_eq(trap_counts[VEC], 1, "once");
    check_eq(rdmsr(MSR_TSC_DEADLINE), 0, "TSC_DEADLINE is 0 then");
    check_range(fire(0), 0, us(200), "a deadline that is now fires");
    check_eq(trap_counts[VEC], 1, "once");
    trap_counts[VEC] = 0;
    wrmsr(MSR_TSC_DEADLINE, 1);
    sti_window();
    check(time_wait(&trap_counts[VEC], 1, 5), "a deadline in the past fires");
    trap_counts[VEC] = 0;
    v = rdtsc() + us(2000);
    wrmsr(MSR_TSC_DEADLINE, v);
    check_eq(rdmsr(MSR_TSC_DEADLINE), v, "TSC_DEADLINE reads back while armed");
    apic_write(APIC_TIMER_INIT, 1000);
    check_eq(apic_read(APIC_TIMER_NOW), 0, "the counter is not used");
    wrmsr(MSR_TSC_DEADLINE, 0);
    time_wait(&trap_counts[VEC], 1, 5);
    check_eq(trap_counts[VEC], 0, "0 disarms");
    wrmsr(MSR_TSC_DEADLINE, rdtsc() + us(1000));
    sti_hlt_cli();
    check_eq(trap_counts[VEC], 1, "a deadline ends HLT");
    wrmsr(MSR_TSC_DEADLINE, rdtsc() + us(1000));
    apic_write(APIC_LVT_TIMER, VEC);
    check_eq(rdmsr(MSR_TSC_DEADLINE), 0, "leaving the mode disarms");
    time_wait(&trap_counts[VEC], 2, 3);
    check_eq(trap_counts[VEC], 1, "and nothing fires");
    apic_timer_stop();
}
