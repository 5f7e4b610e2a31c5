/* SPDX-License-Identifier: MIT */
/* Exit handlers. Each finishes its exit and returns to resume the guest, or leaves to the kernel. */
#ifndef VMX_EXIT_H
#define VMX_EXIT_H

#include "vcpu.h"

typedef void exit_handler(struct vmx_vcpu *v);

exit_handler exit_cpuid;
exit_handler exit_cr, exit_dr, exit_xsetbv, exit_tpr_below;
exit_handler exit_rdmsr, exit_wrmsr;
exit_handler exit_io;
exit_handler exit_ept_violation, exit_apic_access;
exit_handler exit_exception, exit_extint, exit_triple_fault, exit_window, exit_task_switch,
    exit_hlt, exit_vmcall, exit_skip, exit_ignore, exit_ud, exit_gp;
exit_handler exit_apic_write, exit_eoi;

/* exit_cpuid.c: an entry of the VM's table, NULL = none; both indices are the guest's or ours, unchecked */
const struct cpuid_regs *cpuid_find(const struct cpuid_page *cpuid, uint32_t leaf, uint32_t subleaf);

/* exit_msr.c */
bool msr_pat_valid(uint64_t pat);

/*
 * exit_cr.c: of CR0 the host owns NE, CD and NW (the guest reads what it wrote, the CPU runs with 1, 0, 0),
 * and PG while EFER.LME is set (because EFER.LMA follows it); of CR4 what cr4_allowed lacks, and MCE.
 */
uint64_t cr_guest_cr0(const struct vmx_vcpu *v);
uint64_t cr_guest_cr4(const struct vmx_vcpu *v);
void cr_set_cr0(struct vmx_vcpu *v, uint64_t guest_cr0);
void cr_set_cr4(struct vmx_vcpu *v, uint64_t guest_cr4);
/* EFER with LMA; owns or disowns CR0.PG and switches the entry control. */
void cr_set_efer(struct vmx_vcpu *v, uint64_t efer);
bool cr_cr0_valid(uint64_t cr0);
bool cr_xcr0_valid(const struct vmx_vcpu *v, uint64_t xcr0);

/* What advance leaves for later, in exit.c: flags, blocking, single-step, wrap of RIP. */
void exit_advance_slow(struct vmx_vcpu *v, uint64_t rip, uint64_t next);

/* Skip bytes of the current instruction as if it had completed. */
static inline void exit_advance_by(struct vmx_vcpu *v, uint64_t bytes)
{
    uint64_t rip = x86_vmread(VMCS_GUEST_RIP);
    uint64_t next = rip + bytes;
    uint64_t special = x86_vmread(VMCS_GUEST_RFLAGS) & (RFLAGS_TF | RFLAGS_RF);

    special |= x86_vmread(VMCS_GUEST_INTERRUPTIBILITY) & (BLOCKING_STI | BLOCKING_MOVSS);
    special |= (rip ^ next) >> 32;
    x86_vmwrite(VMCS_GUEST_RIP, next);
    if (__builtin_expect(special != 0, 0))
        exit_advance_slow(v, rip, next);
}

static inline void exit_advance(struct vmx_vcpu *v)
{
    exit_advance_by(v, x86_vmread(VMCS_EXIT_INSN_LEN));
}

/* The instruction will run again: a code breakpoint on it was reported already. */
static inline void exit_set_rf(void)
{
    x86_vmwrite(VMCS_GUEST_RFLAGS, x86_vmread(VMCS_GUEST_RFLAGS) | RFLAGS_RF);
}

/* CPL of the guest: DPL of SS (SDM vol. 3, 24.4.1). */
static inline unsigned exit_cpl(void)
{
    return (unsigned)(x86_vmread(VMCS_GUEST_SS_ATTR) & ATTR_DPL) >> 5;
}

#endif
