// SPDX-License-Identifier: MIT
// 8254: counting in its modes, latches, read-back, access forms, gate of channel 2.
#include "t_irq.h"

static bool out2(void)
{
    return inb(0x61) & 0x20;
}

static void mode0(void)
{
    outb(0x61, (uint8_t)((inb(0x61) & ~3) | 1));
    pit_program(2, 0, 3000);
    check(!out2(), "mode 0: OUT is low while counting");
    check_eq(pit_status(2) & 0x3f, 0x30, "status: low and high byte, mode 0");
    uint16_t a = pit_latch(2);
    time_spin_us(500);
    uint16_t b = pit_latch(2);
    check_range((uint16_t)(a - b), 500 * 11 / 10, 800, "it counts at 1.19 MHz");
    time_spin_us(3000);
    check(out2(), "OUT is high at the end");
    check(pit_status(2) & 0x80, "status shows OUT");
    check((int16_t)pit_latch(2) < 0, "the count goes on below 0");
    pit_program(2, 0, 3000);
    outb(0x61, (uint8_t)(inb(0x61) & ~1));
    a = pit_latch(2);
    time_spin_us(500);
    check_eq(pit_latch(2), a, "a low gate stops the count");
    outb(0x61, (uint8_t)(inb(0x61) | 1));
}

static void periodic_modes(void)
{
    pit_program(2, 2, 2000);
    check_eq(pit_status(2) & 0x0f, 4, "status: mode 2");
    bool in_range = true;
    for (unsigned i = 0; i < 50; i++) {
        uint16_t v = pit_latch(2);
        in_range &= v >= 1 && v <= 2000;
        time_spin_us(77);
    }
    check(in_range, "mode 2 counts from 2000 to 1");
    pit_program(2, 3, 60000);
    bool even = true;
    uint16_t a = pit_latch(2);
    for (unsigned i = 0; i < 20; i++) {
        even &= !(pit_latch(2) & 1);
        time_spin_us(13);
    }
    check(even, "mode 3 counts in twos");
    pit_program(2, 3, 60000);
    a = pit_latch(2);
    time_spin_us(1000);
    check_range((uint16_t)(a - pit_latch(2)), 2 * 1100, 2 * 1500, "mode 3 counts twice as fast");
    pit_program(2, 3, 2000);
    unsigned changes = 0;
    bool last = out2();
    for (uint64_t end = rdtsc() + us(10000); rdtsc() < end;) {
        bool now = out2();
        changes += now != last;
        last = now;
    }
    check_range(changes, 10, 13, "mode 3: OUT is a square wave");
}

static void latches(void)
{
    pit_program(2, 2, 0); /* 65536 */
    outb(PIT_CTRL, 0x80);
    time_spin_us(200);
    uint16_t at_latch = inb(0x42);
    at_latch = (uint16_t)(at_latch | inb(0x42) << 8);
    uint16_t now = pit_latch(2);
    check_range((uint16_t)(at_latch - now), 200, 500, "a latched count stands still");
    outb(PIT_CTRL, 0xc8); /* read-back of count and status of channel 2 */
    uint8_t status = inb(0x42);
    uint16_t count = inb(0x42);
    count = (uint16_t)(count | inb(0x42) << 8);
    check_eq(status & 0x3f, 0x34, "read-back: status first");
    check_range((uint16_t)(now - count), 0, 500, "read-back: then the count");
    outb(PIT_CTRL, 0x94); /* channel 2, low byte only, mode 2 */
    outb(0x42, 200);
    time_spin_us(50);
    outb(PIT_CTRL, 0x80);
    uint8_t low = inb(0x42);
    check_range(low, 1, 200, "low byte only");
    check_eq(pit_status(2) & 0x3f, 0x14, "status: low byte, mode 2");
    outb(PIT_CTRL, 0xa4); /* high byte only */
    outb(0x42, 0x80);
    time_spin_us(50);
    outb(PIT_CTRL, 0x80);
    check_range(inb(0x42), 0x70, 0x80, "high byte only");
    outb(PIT_CTRL, 0xb5); /* binary coded decimal */
    outb(0x42, 0x00);
    outb(0x42, 0x10); /* 1000 */
    bool decimal = true;
    for (unsigned i = 0; i < 20; i++) {
        uint16_t v = pit_latch(2);
        decimal &= v <= 0x1000 && (v & 0xf) < 10 && (v >> 4 & 0xf) < 10;
        time_spin_us(37);
    }
    check(decimal, "decimal counting");
}

static void refresh(void)
{
    unsigned changes = 0;
    uint8_t last = inb(0x61) & 0x10;
    for (unsigned i = 0; i < 2000; i++) {
        uint8_t now = inb(0x61) & 0x10;
        changes += now != last;
        last = now;
    }
    check(changes > 5, "port 0x61 bit 4 toggles");
    outb(0x61, (uint8_t)((inb(0x61) & 0xc) | 2));
    check_eq(inb(0x61) & 3, 2, "port 0x61 bits 1:0 read back");
    outb(0x61, (uint8_t)(inb(0x61) & 0xc));
}

static void one_shot_interrupt(void)
{
    trap_set(0x62, on_lapic);
    pit_program(0, 0, 0);
    ioapic_pin(2, 0x62);
    sti_window();
    trap_counts[0x62] = 0;
    pit_program(0, 0, 2000);
    time_wait(&trap_counts[0x62], 2, 10);
    check_eq(trap_counts[0x62], 1, "mode 0 interrupts once");
    pit_program(0, 4, 2000);
    time_wait(&trap_counts[0x62], 3, 10);
    check_eq(trap_counts[0x62], 2, "mode 4 interrupts once");
    trap_counts[0x62] = 0;
    pit_program(0, 3, PIT_CLOCK / 1000);
    uint64_t start = rdtsc();
    time_wait(&trap_counts[0x62], 20, 100);
    check_range(rdtsc() - start, us(19000), us(21500), "mode 3 interrupts at its rate");
    ioapic_pin(2, IOAPIC_MASKED);
    pit_stop();
}

void test_pit(void)
{
    apic_enable();
    mode0();
    periodic_modes();
    latches();
    refresh();
    one_shot_interrupt();
}
