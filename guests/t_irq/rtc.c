// SPDX-License-Identifier: MIT
// MC146818: CMOS cells, calendar, periodic, update-ended and alarm interrupts.
#include "t_irq.h"

#define VEC 0x63

static volatile uint8_t flags;

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

static void on_rtc(struct trap_frame *f)
{
    (void)f;
    flags |= cmos(0xc);
    apic_eoi();
}

static unsigned number(uint8_t v, bool binary)
{
    return binary ? v : (v >> 4) * 10u + (v & 15);
}

static void cells(void)
{
    uint8_t old = cmos(0x5e);
    cmos_write(0x5e, 0xa7);
    cmos_write(0x5d, 0x11);
    check_eq(cmos(0x5e), 0xa7, "a CMOS cell holds its value");
    cmos_write(0x5e, old);
    check_eq(cmos(0xd) & 0x80, 0x80, "register D: valid");
    check_eq(cmos(0xa) & 0x70, 0x20, "register A: oscillator on");
}

static void calendar(void)
{
    bool binary = cmos(0xb) & 4;
    while (cmos(0xa) & 0x80)
        pause();
    unsigned second = number(cmos(0), binary), minute = number(cmos(2), binary), hour = number(cmos(4) & 0x7f, binary);
    unsigned day = number(cmos(7), binary), month = number(cmos(8), binary), year = number(cmos(9), binary);
    unsigned century = number(cmos(0x32), binary);
    print("rtc %02u%02u-%02u-%02u %02u:%02u:%02u\n", century, year, month, day, hour, minute, second);
    check(second < 60 && minute < 60 && hour < 24, "time of day");
    check(day >= 1 && day <= 31 && month >= 1 && month <= 12, "date");
    check(century == 20 && year >= 20, "year");
}

static void periodic(void)
{
    flags = 0;
    trap_counts[VEC] = 0;
    cmos(0xc);
    cmos_write(0xa, 0x26);
    cmos_write(0xb, 0x42);
    uint64_t start = rdtsc();
    check(time_wait(&trap_counts[VEC], 50, 200), "periodic interrupt");
    check_range(rdtsc() - start, us(46000), us(52000), "50 at 1024 Hz");
    check_eq(flags & 0xc0, 0xc0, "register C: PF and IRQF");
    cmos_write(0xb, 0x02);
    cmos(0xc);
    check_eq(cmos(0xc), 0, "register C is clear after a read");
    trap_counts[VEC] = 0;
    time_wait(&trap_counts[VEC], 1, 5);
    check_eq(trap_counts[VEC], 0, "switched off: silence");
}

static void second(uint8_t enable, uint8_t flag, const char *name)
{
    flags = 0;
    trap_counts[VEC] = 0;
    cmos(0xc);
    cmos_write(0xb, 0x02 | enable);
    uint64_t start = rdtsc();
    while (trap_counts[VEC] < 1 && rdtsc() - start < us(2500000))
        time_sleep_ms(20);
    uint64_t first = rdtsc();
    while (trap_counts[VEC] < 2 && rdtsc() - start < us(2500000))
        time_sleep_ms(20);
    cmos_write(0xb, 0x02);
    check_range(rdtsc() - first, us(940000), us(1060000), "%s: a second from one to the next", name);
    check_eq(flags & flag, flag, "%s: its flag", name);
}

void test_rtc(void)
{
    apic_enable();
    trap_set(VEC, on_rtc);
    ioapic_pin(8, VEC);
    cells();
    calendar();
    periodic();
    second(0x10, 0x10, "update-ended interrupt");
    cmos_write(1, 0xc0);
    cmos_write(3, 0xc0);
    cmos_write(5, 0xc0);
    second(0x20, 0x20, "alarm that matches always");
    ioapic_pin(8, IOAPIC_MASKED);
}
