// SPDX-License-Identifier: MIT
// IOAPIC: registers, edge and level pins, masks, remote IRR, destinations.
#include <guest/print.h>
#include "t_irq.h"

#define VEC_PIT 0x60
#define VEC_RTC 0x61

static volatile unsigned level_count, level_rirr;

static uint8_t cmos(uint8_t reg)
{
    outb(0x70, reg);
    return inb(0x71);
}

static void cmos_write(uint8_t reg, uint8_t value)
{
    outb(0x70, reg);
    outb(0x71, value);
}

static void registers(void)
{
    uint32_t version = ioapic_read(1);
    check_eq(version >> 16 & 0xff, 23, "24 pins");
    check((version & 0xff) >= 0x11, "version");
    for (unsigned i = 0; i < 24; i++)
        if (!(ioapic_read((uint8_t)(0x10 + 2 * i)) & IOAPIC_MASKED))
            print("pin %u is unmasked\n", i);
    ioapic_write(0x10 + 2 * 20, 0xffffffff);
    uint32_t v = ioapic_read(0x10 + 2 * 20);
    check_eq(v & 0x1afff, 0x1afff, "redirection entry, low half: writable bits");
    check_eq(v & 0x5000, 0, "remote IRR and delivery status are read-only");
    ioapic_write(0x11 + 2 * 20, 0xffffffff);
    check_eq(ioapic_read(0x11 + 2 * 20) >> 24, 0xff, "redirection entry, high half");
    ioapic_write(0x10 + 2 * 20, IOAPIC_MASKED);
    ioapic_write(0, 0x05000000);
    check_eq(ioapic_read(0), 0x05000000, "IOAPIC id");
    ioapic_write(0, 0);
    mmio_write(IOAPIC_BASE, 0x13);
    check_eq(mmio_read(IOAPIC_BASE) & 0xff, 0x13, "index register reads back");
}

static void pit_edge(void)
{
    trap_set(VEC_PIT, on_lapic);
    trap_counts[VEC_PIT] = 0;
    ioapic_pin(2, VEC_PIT);
    pit_program(0, 2, PIT_CLOCK / 1000);
    check(time_wait(&trap_counts[VEC_PIT], 10, 100), "PIT by pin 2");
    ioapic_pin(2, IOAPIC_MASKED | VEC_PIT);
    uint64_t before = trap_counts[VEC_PIT];
    time_wait(&trap_counts[VEC_PIT], before + 2, 5);
    check_range(trap_counts[VEC_PIT], before, before + 1, "masked pin is silent");
    ioapic_pin(2, VEC_PIT);
    before = trap_counts[VEC_PIT];
    check(time_wait(&trap_counts[VEC_PIT], before + 3, 50), "unmasked again");
    ioapic_pin(2, IOAPIC_MASKED | VEC_PIT);
    time_spin_us(3000);
    pit_stop();
    sti_window();
    before = trap_counts[VEC_PIT];
    ioapic_pin(2, VEC_PIT);
    sti_window();
    check_eq(trap_counts[VEC_PIT], before, "edges on a masked pin are lost");
    pit_program(0, 2, PIT_CLOCK / 1000);
    uint32_t other = (cpuid(1).ebx >> 24) + 9;
    ioapic_write(0x11 + 2 * 2, other << 24);
    time_wait(&trap_counts[VEC_PIT], ~0ull, 2);
    before = trap_counts[VEC_PIT];
    time_wait(&trap_counts[VEC_PIT], before + 1, 5);
    check_eq(trap_counts[VEC_PIT], before, "a pin for another CPU is not ours");
    ioapic_pin(2, IOAPIC_MASKED);
    pit_stop();
}

/* The RTC holds its line until register C is read. */
static void on_level(struct trap_frame *f)
{
    (void)f;
    level_count++;
    if (ioapic_read(0x10 + 2 * 8) & IOAPIC_RIRR)
        level_rirr++;
    if (level_count == 3) {
        cmos_write(0xb, 0x02);
        cmos(0xc);
    }
    apic_eoi();
}

static void level(void)
{
    trap_set(VEC_RTC, on_level);
    trap_counts[VEC_RTC] = level_count = level_rirr = 0;
    cmos(0xc);
    ioapic_pin(8, IOAPIC_LEVEL | VEC_RTC);
    cmos_write(0xa, 0x26); /* 1024 Hz */
    cmos_write(0xb, 0x42); /* periodic interrupt, 24 h */
    uint64_t end = rdtsc() + us(50000);
    sti();
    while (level_count < 3 && rdtsc() < end)
        pause();
    time_spin_us(2000);
    cli();
    cmos_write(0xb, 0x02);
    check_eq(level_count, 3, "a level pin fires until its device is served");
    check_eq(level_rirr, 3, "remote IRR is set while in service");
    check_eq(ioapic_read(0x10 + 2 * 8) & IOAPIC_RIRR, 0, "and clear after EOI");
    check_eq(trap_counts[VEC_RTC], 3, "three interrupts in all");
    ioapic_pin(8, IOAPIC_MASKED);
}

/* An interrupt that the local APIC does not accept is not in service: remote IRR stays clear. */
static void level_not_accepted(void)
{
    apic_write(APIC_SVR, 0xff);
    cmos(0xc);
    ioapic_pin(8, IOAPIC_LEVEL | VEC_RTC);
    cmos_write(0xb, 0x42);
    time_spin_us(3000);
    check(cmos(0xb) & 0x40, "the RTC is on");
    check_eq(ioapic_read(0x10 + 2 * 8) & IOAPIC_RIRR, 0, "no remote IRR while the local APIC is off by software");
    apic_enable();
    level_count = 2; /* the handler quietens the RTC at once */
    sti_window();
    check_eq(level_count, 2, "nor is it kept for later");
    ioapic_pin(8, IOAPIC_LEVEL | VEC_RTC);
    sti_window();
    check_eq(level_count, 3, "the pin fires when its entry is written");
    check_eq(ioapic_read(0x10 + 2 * 8) & IOAPIC_RIRR, 0, "and that one ends");
    cmos_write(0xb, 0x02);
    cmos(0xc);
    ioapic_pin(8, IOAPIC_MASKED);
}

void test_ioapic(void)
{
    apic_enable();
    registers();
    pit_edge();
    level();
    level_not_accepted();
}
