// SPDX-License-Identifier: MIT
// Self-IPIs in every addressing form, priorities, TPR, PPR, ISR, IRR and nesting.
#include "t_irq.h"

#define LOW  0x51
#define HIGH 0xa1

static volatile unsigned order[8], order_count;
static volatile uint32_t seen_ppr, seen_isr;
static volatile bool nest;

static void on_ipi(struct trap_frame *f)
{
    if (order_count < 8)
        order[order_count] = (unsigned)f->vector;
    order_count++;
    seen_ppr = apic_read(APIC_PPR);
    seen_isr = apic_bit(APIC_ISR, (uint8_t)f->vector);
    if (nest) {
        nest = false;
        apic_icr(APIC_ICR_SELF | APIC_ICR_ASSERT | (f->vector == LOW ? HIGH : LOW));
        sti_window();
        if (order_count < 8)
            order[order_count] = 0; /* marks the end of the outer handler */
        order_count++;
    }
    apic_eoi();
}

static void expect_one(uint64_t icr, const char *name)
{
    trap_counts[LOW] = 0;
    apic_icr(icr | LOW);
    check(time_wait(&trap_counts[LOW], 1, 5), "IPI to self by %s", name);
    check_eq(trap_counts[LOW], 1, "once");
}

static void addressing(void)
{
    uint64_t id = apic_is_x2() ? apic_read(APIC_ID) : apic_read(APIC_ID) >> 24;
    uint64_t logical;
    if (apic_is_x2()) {
        logical = apic_read(APIC_LDR);
        check_eq(logical, (id >> 4) << 16 | BIT(id & 15), "LDR of x2APIC");
    } else {
        apic_write(APIC_DFR, 0xffffffff);
        apic_write(APIC_LDR, 0x04000000);
        check_eq(apic_read(APIC_LDR), 0x04000000, "LDR holds what is written");
        logical = 4;
    }
    expect_one(APIC_ICR_SELF | APIC_ICR_ASSERT, "shorthand self");
    expect_one(APIC_ICR_ASSERT | 0x80000, "shorthand all");
    expect_one(id << 32 | APIC_ICR_ASSERT, "physical destination");
    expect_one(logical << 32 | 0x800 | APIC_ICR_ASSERT, "logical destination");
    expect_one(logical << 32 | 0x900 | APIC_ICR_ASSERT, "lowest priority");
    expect_one((apic_is_x2() ? 0xffffffffull : 0xffull) << 32 | APIC_ICR_ASSERT, "broadcast");
    trap_counts[LOW] = 0;
    apic_icr(0xc0000 | APIC_ICR_ASSERT | LOW);
    time_wait(&trap_counts[LOW], 1, 2);
    check_eq(trap_counts[LOW], 0, "shorthand all but self is not for us");
    apic_icr((id + 1) << 32 | APIC_ICR_ASSERT | LOW);
    time_wait(&trap_counts[LOW], 1, 2);
    check_eq(trap_counts[LOW], 0, "an IPI to nobody is not for us");
    if (apic_is_x2()) {
        apic_write(APIC_SELF_IPI, LOW);
        check(time_wait(&trap_counts[LOW], 1, 5), "IPI by SELF_IPI");
    }
}

static void self(uint8_t vector)
{
    apic_icr(APIC_ICR_SELF | APIC_ICR_ASSERT | vector);
}

static void priorities(void)
{
    order_count = 0;
    self(LOW);
    self(HIGH);
    check(apic_bit(APIC_IRR, LOW) && apic_bit(APIC_IRR, HIGH), "both wait in IRR with IF clear");
    check(!apic_bit(APIC_ISR, LOW) && !apic_bit(APIC_ISR, HIGH), "neither in ISR");
    self(LOW);
    sti();
    asm volatile("nop; nop; nop");
    cli();
    check_eq(order_count, 2, "one interrupt for each vector");
    check(order[0] == HIGH && order[1] == LOW, "the higher vector first");
    check_eq(seen_isr, 1, "ISR in the handler");
    check_eq(seen_ppr, LOW & 0xf0, "PPR in the handler is its class");
    check(!apic_bit(APIC_ISR, LOW) && !apic_bit(APIC_IRR, LOW), "all clear after EOI");
}

static void nesting(void)
{
    order_count = 0;
    nest = true;
    self(LOW);
    sti_window();
    check_eq(order_count, 3, "a higher vector interrupts a lower handler");
    check(order[0] == LOW && order[1] == HIGH && order[2] == 0, "before it ends");
    order_count = 0;
    nest = true;
    self(HIGH);
    sti_window();
    sti_window();
    check(order_count == 3 && order[0] == HIGH && order[1] == 0 && order[2] == LOW,
          "a lower vector waits for the end of a higher handler");
}

static void task_priority(void)
{
    order_count = 0;
    apic_write(APIC_TPR, 0x60);
    check_eq(read_cr8(), 6, "CR8 shows TPR");
    check_eq(apic_read(APIC_PPR), 0x60, "PPR shows TPR");
    self(LOW);
    sti_window();
    check_eq(order_count, 0, "TPR holds back a lower vector");
    check(apic_bit(APIC_IRR, LOW), "it waits in IRR");
    self(HIGH);
    sti_window();
    check(order_count == 1 && order[0] == HIGH, "TPR lets a higher vector pass");
    write_cr8(5);
    check_eq(apic_read(APIC_TPR), 0x50, "TPR shows CR8");
    sti_window();
    check_eq(order_count, 1, "TPR of its own class holds it back too");
    sti();
    write_cr8(4);
    asm volatile("nop");
    cli();
    check_eq(order_count, 2, "a lower CR8 lets it in at once");
    self(LOW);
    apic_write(APIC_TPR, 0x5f);
    sti_window();
    check_eq(order_count, 2, "TPR 0x5f holds 0x51 back");
    apic_write(APIC_TPR, 0);
    sti_window();
    check_eq(order_count, 3, "TPR 0 lets it in");
}

static void many(void)
{
    for (unsigned v = 0x20; v < 0xff; v++) {
        trap_set((uint8_t)v, on_lapic);
        trap_counts[v] = 0;
    }
    for (unsigned v = 0x20; v < 0xff; v++)
        self((uint8_t)v);
    sti();
    for (unsigned i = 0; i < 300; i++)
        asm volatile("nop");
    cli();
    unsigned right = 0;
    for (unsigned v = 0x20; v < 0xff; v++)
        right += trap_counts[v] == 1;
    check_eq(right, 0xff - 0x20, "every vector from 0x20 to 0xfe once");
    for (unsigned i = 0; i < 8; i++)
        check_eq(apic_read(APIC_IRR + 16 * i) | apic_read(APIC_ISR + 16 * i), 0, "IRR and ISR are empty");
}

static void all(void)
{
    apic_enable();
    trap_set(LOW, on_ipi);
    trap_set(HIGH, on_ipi);
    addressing();
    priorities();
    nesting();
    task_priority();
    many();
}

void test_ipi(void)
{
    all();
}

void test_x2ipi(void)
{
    if (!has_x2apic()) {
        report_skip("x2APIC IPI", "no x2APIC");
        return;
    }
    apic_mode(APIC_BASE_ON | APIC_BASE_X2);
    all();
}
