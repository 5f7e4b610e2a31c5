// SPDX-License-Identifier: MIT
// Interrupt shadows of STI and MOV SS, also over instructions that exit, and HLT.
#include <guest/apic.h>
#include "t_cpu.h"

#define VEC_IPI 0x93

void shadow_sti_nop(void);
void shadow_sti_cpuid(void);
void shadow_sti_in(void);
void shadow_sti_mmio(void);
void shadow_sti_hlt(void);
void shadow_popf(void);
void shadow_ss_popf(void);
extern const char at_sti_nop[], at_sti_cpuid[], at_sti_in[], at_sti_mmio[], at_sti_hlt[], at_popf[], at_ss_popf[];

static volatile uint64_t rip;
static volatile unsigned count;

static void on_ipi(struct trap_frame *f)
{
    rip = f->rip;
    count++;
    apic_eoi();
}

static void one(const char *name, void (*run)(void), const char *at)
{
    count = 0;
    apic_icr(APIC_ICR_SELF | APIC_ICR_ASSERT | VEC_IPI);
    run();
    cli();
    check_eq(count, 1, "one interrupt: %s", name);
    check_eq(rip, (uint64_t)at, "and where: %s", name);
}

/* An interrupt that becomes pending while IF is 1 comes before the next instruction. */
static void immediate(void)
{
    count = 0;
    sti();
    apic_icr(APIC_ICR_SELF | APIC_ICR_ASSERT | VEC_IPI);
    for (unsigned i = 0; i < 1000 && !count; i++)
        pause();
    cli();
    check_eq(count, 1, "self-IPI with interrupts on");
}

void test_shadow(void)
{
    apic_enable();
    trap_set(VEC_IPI, on_ipi);
    immediate();
    one("STI, NOP", shadow_sti_nop, at_sti_nop);
    one("STI, CPUID", shadow_sti_cpuid, at_sti_cpuid);
    one("STI, IN", shadow_sti_in, at_sti_in);
    one("STI, MMIO", shadow_sti_mmio, at_sti_mmio);
    one("STI, HLT", shadow_sti_hlt, at_sti_hlt);
    one("POPF", shadow_popf, at_popf);
    one("MOV SS, POPF", shadow_ss_popf, at_ss_popf);
}
