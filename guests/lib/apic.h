/* SPDX-License-Identifier: MIT */
/* Local APIC (xAPIC or x2APIC, whichever is on) and IOAPIC for guests. SDM vol. 3 ch. 11. */
#ifndef GUEST_APIC_H
#define GUEST_APIC_H

#include <guest/x86.h>

#define APIC_BASE_ADDRESS 0xfee00000
#define APIC_BASE_BSP     BIT(8)
#define APIC_BASE_X2      BIT(10)
#define APIC_BASE_ON      BIT(11)

enum apic_register { /* offsets in the xAPIC page; x2APIC MSR = 0x800 + offset / 16 */
    APIC_ID = 0x20, APIC_VERSION = 0x30, APIC_TPR = 0x80, APIC_APR = 0x90, APIC_PPR = 0xa0,
    APIC_EOI = 0xb0, APIC_LDR = 0xd0, APIC_DFR = 0xe0, APIC_SVR = 0xf0, APIC_ISR = 0x100,
    APIC_TMR = 0x180, APIC_IRR = 0x200, APIC_ESR = 0x280, APIC_LVT_CMCI = 0x2f0, APIC_ICR = 0x300,
    APIC_ICR_HIGH = 0x310, APIC_LVT_TIMER = 0x320, APIC_LVT_THERMAL = 0x330, APIC_LVT_PMC = 0x340,
    APIC_LVT_LINT0 = 0x350, APIC_LVT_LINT1 = 0x360, APIC_LVT_ERROR = 0x370, APIC_TIMER_INIT = 0x380,
    APIC_TIMER_NOW = 0x390, APIC_TIMER_DIVIDE = 0x3e0, APIC_SELF_IPI = 0x3f0
};

#define APIC_MASKED     0x10000u
#define APIC_PERIODIC   0x20000u
#define APIC_DEADLINE   0x40000u
#define APIC_SVR_ON     0x100u
#define APIC_ICR_SELF   0x40000u
#define APIC_ICR_ASSERT 0x4000u
#define APIC_MODE_NMI   0x400u
#define APIC_MODE_EXTINT 0x700u

extern uint64_t apic_hz; /* input clock of the timer, after apic_timer_rate() */

bool apic_is_x2(void);
uint32_t apic_read(unsigned reg);
void apic_write(unsigned reg, uint32_t value);
void apic_icr(uint64_t value); /* destination in bits 63:32 as x2APIC has it; waits in xAPIC mode */
void apic_eoi(void);
void apic_enable(void);     /* global and software enable, all vectors accepted */
void apic_timer_rate(void); /* measures apic_hz once */
void apic_timer_stop(void);
bool apic_bit(unsigned reg, uint8_t vector); /* of ISR, TMR or IRR */
/* xAPIC, x2APIC or off: value of the mode bits of IA32_APIC_BASE; steps that the SDM forbids are
 * split in legal ones */
void apic_mode(uint64_t bits);

#define IOAPIC_BASE   0xfec00000
#define IOAPIC_MASKED 0x10000u
#define IOAPIC_LEVEL  0x8000u
#define IOAPIC_RIRR   0x4000u
#define IOAPIC_LOW    0x2000u

uint32_t ioapic_read(uint8_t reg);
void ioapic_write(uint8_t reg, uint32_t value);
void ioapic_pin(unsigned pin, uint32_t low); /* destination: this CPU */
void ioapic_mask_all(void);

#endif
