// SPDX-License-Identifier: MIT
// HLT: ended by what is pending, not by what is blocked; many in a row.
#include "t_irq.h"

#define VEC 0x74

static volatile uint64_t rip;

static void on_timer(struct trap_frame *f)
{
    rip = f->rip;
    apic_eoi();
}

static void arm(uint64_t microseconds)
{
    apic_write(APIC_TIMER_DIVIDE, 0xb);
    apic_write(APIC_LVT_TIMER, VEC);
    apic_write(APIC_TIMER_INIT, (uint32_t)(microseconds * apic_hz / 1000000));
}

void test_halt(void)
{
    apic_enable();
    trap_set(VEC, on_timer);
    trap_counts[VEC] = 0;
    uint64_t after, start = rdtsc();
    arm(3000);
    asm volatile("sti; hlt; 1: leaq 1b(%%rip), %0; cli" : "=r"(after)::"memory");
    check_range(rdtsc() - start, us(2990), us(3500), "HLT lasts until the timer");
    check_eq(rip, after, "the handler returns behind HLT");
    for (unsigned i = 0; i < 100; i++) {
        arm(100);
        sti_hlt_cli();
    }
    check_eq(trap_counts[VEC], 101, "100 short halts");
    /* pending before HLT: STI; HLT must not sleep */
    trap_counts[VEC] = 0;
    arm(100);
    time_spin_us(500);
    start = rdtsc();
    sti_hlt_cli();
    check_eq(trap_counts[VEC], 1, "a pending interrupt ends HLT at once");
    check_range(rdtsc() - start, 0, us(200), "at once");
    /* a masked source does not end it; a second one does */
    write_cr8(8);
    apic_icr(APIC_ICR_SELF | APIC_ICR_ASSERT | VEC);
    trap_set(0xf1, on_lapic);
    trap_counts[0xf1] = 0;
    apic_write(APIC_LVT_TIMER, 0xf1);
    apic_write(APIC_TIMER_INIT, (uint32_t)(apic_hz / 1000));
    start = rdtsc();
    sti_hlt_cli();
    check_range(rdtsc() - start, us(990), us(1500), "an interrupt below TPR does not end HLT");
    check_eq(trap_counts[0xf1], 1, "the one above does");
    write_cr8(0);
    sti_window();
    check_eq(trap_counts[VEC], 2, "and the other comes when TPR falls");
    apic_timer_stop();
}
