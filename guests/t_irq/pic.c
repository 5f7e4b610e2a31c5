// SPDX-License-Identifier: MIT
// 8259A pair: delivery as ExtINT through LINT0, masks, in-service, EOI forms, cascade.
#include "t_irq.h"

static volatile unsigned count, seen_isr, eoi_command;

static void on_timer(struct trap_frame *f)
{
    (void)f;
    count++;
    seen_isr = pic_isr();
    if (eoi_command)
        outb(PIC1, (uint8_t)eoi_command);
}

static void on_rtc(struct trap_frame *f)
{
    (void)f;
    count++;
    seen_isr = pic_isr();
    outb(0x70, 0xc);
    inb(0x71);
    pic_eoi(8);
}

static bool wait(unsigned want, unsigned ms)
{
    uint64_t end = rdtsc() + us(ms * 1000);
    sti();
    while (count < want && rdtsc() < end)
        pause();
    cli();
    return count >= want;
}

static void masks(void)
{
    pic_mask(0xffff);
    check_eq(inb(PIC1 + 1), 0xff, "mask of the master reads back");
    pic_mask(0x5aa5);
    check_eq(inb(PIC1 + 1) | inb(PIC2 + 1) << 8, 0x5aa5, "both masks read back");
    pic_mask(0xffff);
    count = 0;
    wait(1, 5);
    check_eq(count, 0, "all masked: silence");
}

static void service(void)
{
    eoi_command = 0;
    count = 0;
    pic_mask(0xfffe);
    check(wait(1, 20), "timer by the PIC");
    check_eq(seen_isr, 1, "in-service register in the handler");
    wait(2, 5);
    check_eq(count, 1, "without EOI no further interrupt");
    check_eq(pic_irr() & 1, 1, "the next request waits");
    outb(PIC1, 0x20);
    check_eq(pic_isr(), 0, "EOI clears the in-service bit");
    eoi_command = 0x20;
    check(wait(5, 20), "non-specific EOI");
    eoi_command = 0x60;
    check(wait(10, 20), "specific EOI");
    pic_mask(0xffff);
    wait(100, 3);
    unsigned before = count;
    wait(100, 3);
    check_eq(count, before, "masked again: silence");
    check_eq(pic_irr() & 1, 1, "a masked request is in IRR");
}

static void automatic(void)
{
    pic_init(3);
    eoi_command = 0;
    count = 0;
    pic_mask(0xfffe);
    check(wait(3, 20), "automatic EOI");
    check_eq(seen_isr, 0, "in-service register stays clear");
    pic_init(1);
}

static void slave(void)
{
    trap_set(PIC_BASE + 8, on_rtc);
    count = 0;
    pic_mask(0xfefb);
    outb(0x70, 0xc);
    inb(0x71);
    outb(0x70, 0xa);
    outb(0x71, 0x26);
    outb(0x70, 0xb);
    outb(0x71, 0x42);
    check(wait(5, 50), "RTC by the second PIC");
    check_eq(seen_isr, 0x104, "in-service in both");
    outb(0x70, 0xb);
    outb(0x71, 0x02);
    pic_mask(0xffff);
}

static void lint0_masked(void)
{
    count = 0;
    eoi_command = 0x20;
    apic_write(APIC_LVT_LINT0, APIC_MASKED | APIC_MODE_EXTINT);
    pic_mask(0xfffe);
    wait(1, 5);
    check_eq(count, 0, "LINT0 masked: silence");
    apic_write(APIC_LVT_LINT0, APIC_MODE_EXTINT);
    check(wait(2, 20), "LINT0 unmasked: a waiting request and more come");
    pic_mask(0xffff);
}

/* An ExtINT is not subject to TPR. */
static void priority(void)
{
    count = 0;
    write_cr8(15);
    pic_mask(0xfffe);
    check(wait(2, 20), "ExtINT passes TPR");
    pic_mask(0xffff);
    write_cr8(0);
}

static void halted(void)
{
    count = 0;
    pic_mask(0xfffe);
    for (unsigned i = 0; i < 3; i++)
        sti_hlt_cli();
    check_eq(count, 3, "ExtINT ends HLT");
    pic_mask(0xffff);
}

void test_pic(void)
{
    apic_enable();
    ioapic_mask_all();
    apic_write(APIC_LVT_LINT0, APIC_MODE_EXTINT);
    trap_set(PIC_BASE, on_timer);
    pic_init(1);
    pit_program(0, 2, PIT_CLOCK / 1000);
    masks();
    service();
    automatic();
    slave();
    lint0_masked();
    priority();
    halted();
    pit_stop();
    apic_write(APIC_LVT_LINT0, APIC_MASKED | APIC_MODE_EXTINT);
}
