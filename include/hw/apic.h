/* SPDX-License-Identifier: MIT */
/* Local APIC registers and bits (SDM vol. 3, chapter 10). */
#ifndef HW_APIC_H
#define HW_APIC_H

#define APIC_DEFAULT_BASE 0xfee00000ull

/* Register offsets in the xAPIC page; the x2APIC MSR is 0x800 + offset / 16. */
enum {
    APIC_ID = 0x020,
    APIC_VERSION = 0x030,
    APIC_TPR = 0x080,
    APIC_APR = 0x090,
    APIC_PPR = 0x0a0,
    APIC_EOI = 0x0b0,
    APIC_RRD = 0x0c0,
    APIC_LDR = 0x0d0,
    APIC_DFR = 0x0e0,
    APIC_SVR = 0x0f0,
    APIC_ISR = 0x100, /* .. 0x170: eight registers of 32 bits, 16 bytes apart */
    APIC_TMR = 0x180,
    APIC_IRR = 0x200,
    APIC_ESR = 0x280,
    APIC_ICR = 0x300,
    APIC_ICR_HIGH = 0x310,
    APIC_LVT_TIMER = 0x320,
    APIC_LVT_THERMAL = 0x330,
    APIC_LVT_PMC = 0x340,
    APIC_LVT_LINT0 = 0x350,
    APIC_LVT_LINT1 = 0x360,
    APIC_LVT_ERROR = 0x370,
    APIC_TIMER_INITIAL = 0x380,
    APIC_TIMER_CURRENT = 0x390,
    APIC_TIMER_DIVIDE = 0x3e0,
    APIC_SELF_IPI = 0x3f0, /* x2APIC only */
};
#define APIC_MSR(offset) (0x800u + (offset) / 16u)

#define APIC_SVR_ENABLE       0x100u

/* Local vector table */
#define APIC_LVT_VECTOR       0x000ffu
#define APIC_LVT_MODE         0x00700u
#define APIC_LVT_PENDING      0x01000u
#define APIC_LVT_REMOTE_IRR   0x04000u
#define APIC_LVT_MASKED       0x10000u
#define APIC_TIMER_MODE       0x60000u
#define APIC_TIMER_ONE_SHOT   0x00000u
#define APIC_TIMER_PERIODIC   0x20000u
#define APIC_TIMER_DEADLINE   0x40000u

/* Delivery modes, bits 10:8 of an LVT or the ICR */
#define APIC_MODE_FIXED   0x000u
#define APIC_MODE_LOWEST  0x100u
#define APIC_MODE_NMI     0x400u
#define APIC_MODE_INIT    0x500u
#define APIC_MODE_STARTUP 0x600u
#define APIC_MODE_EXTINT  0x700u

/* Interrupt command register, low half */
#define APIC_ICR_LOGICAL   0x00800u
#define APIC_ICR_BUSY      0x01000u
#define APIC_ICR_ASSERT    0x04000u
#define APIC_ICR_LEVEL     0x08000u
#define APIC_ICR_SHORTHAND 0xc0000u
#define APIC_ICR_SELF      0x40000u
#define APIC_ICR_ALL       0x80000u
#define APIC_ICR_OTHERS    0xc0000u

/* Error status register */
#define APIC_ESR_SEND_VECTOR    0x20u
#define APIC_ESR_RECEIVE_VECTOR 0x40u
#define APIC_ESR_REGISTER       0x80u

#endif
