// SPDX-License-Identifier: MIT
// 8259A and 8254 access.
#include <guest/pic.h>

void pic_init(uint8_t icw4)
{
    outb(PIC1, 0x11);
    outb(PIC2, 0x11);
    outb(PIC1 + 1, PIC_BASE);
    outb(PIC2 + 1, PIC_BASE + 8);
    outb(PIC1 + 1, 4);
    outb(PIC2 + 1, 2);
    outb(PIC1 + 1, icw4);
    outb(PIC2 + 1, icw4);
    pic_mask(0xffff);
}

void pic_mask(uint16_t masked)
{
    outb(PIC1 + 1, (uint8_t)masked);
    outb(PIC2 + 1, (uint8_t)(masked >> 8));
}

static uint16_t pic_both(uint8_t ocw3)
{
    outb(PIC1, ocw3);
    outb(PIC2, ocw3);
    return (uint16_t)(inb(PIC1) | inb(PIC2) << 8);
}

uint16_t pic_isr(void)
{
    return pic_both(0x0b);
}

uint16_t pic_irr(void)
{
    return pic_both(0x0a);
}

void pic_eoi(unsigned irq)
{
    if (irq >= 8)
        outb(PIC2, 0x20);
    outb(PIC1, 0x20);
}

void pit_program(unsigned channel, unsigned mode, uint16_t count)
{
    outb(PIT_CTRL, (uint8_t)(channel << 6 | 0x30 | mode << 1));
    outb((uint16_t)(PIT_CH0 + channel), (uint8_t)count);
    outb((uint16_t)(PIT_CH0 + channel), (uint8_t)(count >> 8));
}

uint16_t pit_latch(unsigned channel)
{
    outb(PIT_CTRL, (uint8_t)(channel << 6));
    uint8_t low = inb((uint16_t)(PIT_CH0 + channel));
    return (uint16_t)(low | inb((uint16_t)(PIT_CH0 + channel)) << 8);
}

uint8_t pit_status(unsigned channel)
{
    outb(PIT_CTRL, (uint8_t)(0xe0 | 2u << channel));
    return inb((uint16_t)(PIT_CH0 + channel));
}

void pit_stop(void)
{
    outb(PIT_CTRL, 0x30);
}
