// SPDX-License-Identifier: MIT
// NMI: by IPI and through the IOAPIC, blocked until IRET, and it ends HLT with interrupts off.
#include "t_irq.h"

static volatile unsigned count, inside, nested_before_return;
static volatile bool again;

static void send(void)
{
    uint64_t id = cpuid(1).ebx >> 24;
    apic_icr(id << 32 | APIC_ICR_ASSERT | APIC_MODE_NMI);
}

static void on_nmi(struct trap_frame *f)
{
    (void)f;
    count++;
    inside++;
    if (again) {
        again = false;
        send();
        send();
        time_spin_us(100);
        nested_before_return = count;
    }
    inside--;
}

static void settle(void)
{
    time_spin_us(200);
}

void test_nmi(void)
{
    apic_enable();
    trap_set(VEC_NMI, on_nmi);
    send();
    settle();
    check_eq(count, 1, "NMI by IPI with IF clear");
    write_cr8(15);
    send();
    settle();
    check_eq(count, 2, "NMI passes TPR");
    write_cr8(0);
    again = true;
    send();
    settle();
    check_eq(nested_before_return, 3, "NMI is blocked in its handler");
    check_range(count, 4, 5, "and comes after IRET, pending NMIs as one");
    count = 0;
    pit_program(0, 0, 0);
    ioapic_pin(2, APIC_MODE_NMI);
    pit_program(0, 0, 1200);
    asm volatile("cli; hlt" ::: "memory");
    check_eq(count, 1, "NMI through the IOAPIC ends HLT with IF clear");
    ioapic_pin(2, IOAPIC_MASKED);
    pit_stop();
}

void test_x2nmi(void)
{
    if (!has_x2apic()) {
        report_skip("x2APIC NMI", "no x2APIC");
        return;
    }
    apic_mode(APIC_BASE_ON | APIC_BASE_X2);
    apic_enable();
    trap_set(VEC_NMI, on_nmi);
    count = 0;
    send();
    settle();
    check_eq(count, 1, "NMI by IPI in x2APIC mode");
    trap_set(VEC_NMI, 0);
}
