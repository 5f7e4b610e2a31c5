/* SPDX-License-Identifier: MIT */
/* The two 8259A interrupt controllers and the 8254 timer, as tests use them. */
#ifndef GUEST_PIC_H
#define GUEST_PIC_H

#include <guest/x86.h>

#define PIC1     0x20
#define PIC2     0xa0
#define PIC_BASE 0x40 /* vectors of IRQ 0..15 after pic_init */

void pic_init(uint8_t icw4); /* edge triggered, cascade on IRQ 2, all masked; icw4 1 = 8086 mode */
void pic_mask(uint16_t masked);
uint16_t pic_isr(void);
uint16_t pic_irr(void);
void pic_eoi(unsigned irq); /* non-specific; for the slave's, both */

#define PIT_CH0  0x40
#define PIT_CTRL 0x43
#define PIT_CLOCK 1193182u

void pit_program(unsigned channel, unsigned mode, uint16_t count); /* low byte, high byte; binary */
uint16_t pit_latch(unsigned channel);                              /* counter latch command */
uint8_t pit_status(unsigned channel);                              /* read-back command */
void pit_stop(void); /* channel 0 waits for a count: no more interrupts */

#endif
