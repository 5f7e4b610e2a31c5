/* SPDX-License-Identifier: MIT */
/* RDMSR and WRMSR that exit: the kernel answers here, or the VMM; all other MSRs fault and are counted. */
#include <hw/cpuid.h>
#include <hw/msr.h>
#include "exit.h"
#include "inject.h"
#include "vlapic.h"

/* MSRs that the VMM answers for. */
static const struct { uint32_t first, count; } vmm_msrs[] = {
    {MSR_PLATFORM_ID, 1},
    {MSR_APIC_BASE, 1}, /* writes */
    {MSR_FEATURE_CONTROL, 1},
    {MSR_BIOS_SIGN_ID, 1},
    {MSR_MTRR_CAP, 1},
    {MSR_MCG_CAP, 2}, /* and MCG_STATUS */
    {MSR_MISC_ENABLE, 1},
    {MSR_MTRR_PHYS_BASE0, 16},
    {MSR_MTRR_FIX_64K, 1},
    {MSR_MTRR_FIX_16K, 2},
    {MSR_MTRR_FIX_4K, 8},
    {MSR_MTRR_DEF_TYPE, 1},
};

/* Leaves for an MSR of the list; returns for one that nobody knows. */
static void leave_for(struct vmx_vcpu *v, enum exit_kind kind, uint32_t msr)
{
    for (size_t i = 0; i < sizeof(vmm_msrs) / sizeof(vmm_msrs[0]); i++)
        if (msr - vmm_msrs[i].first < vmm_msrs[i].count) {
            v->page->exit.msr = msr;
            v->page->exit.insn_len = (uint8_t)x86_vmread(VMCS_EXIT_INSN_LEN);
            vcpu_leave_vmm(v, kind);
        }
    v->stats.unknown_msr++;
}

static bool has_tsc_adjust(const struct vmx_vcpu *v)
{
    const struct cpuid_regs *r = cpuid_find(v->cpuid, 7, 0);

    return r && r->ebx & CPUID_7B_TSC_ADJUST;
}

static bool has_deadline(const struct vmx_vcpu *v)
{
    return v->cpuid->basic[1].ecx & CPUID_1C_DEADLINE;
}

/* false = #GP(0) */
static bool msr_read(struct vmx_vcpu *v, uint32_t msr, uint64_t *value)
{
    switch (msr) {
    case MSR_TSC: *value = x86_rdtsc() + v->tsc_offset; return true;
    case MSR_APIC_BASE: *value = v->apic_base; return true;
    case MSR_TSC_ADJUST: *value = v->tsc_adjust; return has_tsc_adjust(v);
    case MSR_DEBUGCTL: *value = x86_vmread(VMCS_GUEST_DEBUGCTL); return true;
    case MSR_PAT: *value = x86_vmread(VMCS_GUEST_PAT); return true;
    case MSR_TSC_DEADLINE: *value = v->timer.deadline; return has_deadline(v);
    case MSR_X2APIC_FIRST ... MSR_X2APIC_LAST:
        return apic_is_x2(v) && vlapic_read(v, (msr - MSR_X2APIC_FIRST) * 16, value);
    case MSR_EFER: *value = v->efer; return true;
    }
    leave_for(v, EXIT_RDMSR, msr);
    return false;
}

/* A write to either of TSC and TSC_ADJUST moves the other by as much (SDM vol. 3, 17.17.3). */
static bool tsc_move(struct vmx_vcpu *v, uint64_t by)
{
    v->tsc_adjust += by;
    v->tsc_offset += by;
    x86_vmwrite(VMCS_TSC_OFFSET, v->tsc_offset);
    timer_tsc_changed(v);
    return true;
}

/* Each byte one of UC, WC, WT, WP, WB, UC- (SDM vol. 3, table 11-10). */
bool msr_pat_valid(uint64_t pat)
{
    for (unsigned i = 0; i < 64; i += 8) {
        uint64_t type = pat >> i & 0xff;
        if (type > 7 || type == 2 || type == 3)
            return false;
    }
    return true;
}

/* LMA is not the guest's to write; LME does not change while paging is on (SDM vol. 3, 9.8.5). */
static bool write_efer(struct vmx_vcpu *v, uint64_t value)
{
    value = (value & ~EFER_LMA) | (v->efer & EFER_LMA);
    if (value & ~v->efer_allowed)
        return false;
    uint64_t cr0 = cr_guest_cr0(v);
    if ((value ^ v->efer) & EFER_LME) {
        if (cr0 & CR0_PG)
            return false;
        cr_set_cr0(v, cr0); /* the shadow takes over PG when the host comes to own it */
    }
    cr_set_efer(v, value);
    return true;
}

static bool msr_write(struct vmx_vcpu *v, uint32_t msr, uint64_t value)
{
    switch (msr) {
    case MSR_TSC: return tsc_move(v, value - x86_rdtsc() - v->tsc_offset);
    case MSR_TSC_ADJUST: return has_tsc_adjust(v) && tsc_move(v, value - v->tsc_adjust);
    case MSR_DEBUGCTL: /* LBR is accepted and dropped: the model has no last-branch records */
        if (value & ~(DEBUGCTL_LBR | DEBUGCTL_BTF))
            return false;
        x86_vmwrite(VMCS_GUEST_DEBUGCTL, value & DEBUGCTL_BTF);
        return true;
    case MSR_PAT:
        if (!msr_pat_valid(value))
            return false;
        x86_vmwrite(VMCS_GUEST_PAT, value);
        return true;
    case MSR_TSC_DEADLINE:
        if (has_deadline(v))
            timer_deadline_write(v, value);
        return has_deadline(v);
    case MSR_X2APIC_FIRST ... MSR_X2APIC_LAST:
        return apic_is_x2(v) && vlapic_write(v, (msr - MSR_X2APIC_FIRST) * 16, value);
    case MSR_EFER: return write_efer(v, value);
    }
    leave_for(v, EXIT_WRMSR, msr);
    return false;
}

void exit_rdmsr(struct vmx_vcpu *v)
{
    uint64_t *gpr = v->page->gpr, value;

    if (!msr_read(v, (uint32_t)gpr[GPR_RCX], &value)) {
        event_fault_error(v, X86_GP, 0);
        return;
    }
    gpr[GPR_RAX] = (uint32_t)value;
    gpr[GPR_RDX] = value >> 32;
    exit_advance(v);
}

void exit_wrmsr(struct vmx_vcpu *v)
{
    uint64_t *gpr = v->page->gpr, value = gpr[GPR_RDX] << 32 | (uint32_t)gpr[GPR_RAX];
    uint32_t msr = (uint32_t)gpr[GPR_RCX];

    if (msr == APIC_MSR(APIC_EOI) && value == 0 && apic_is_x2(v)) /* the one that counts */
        vlapic_eoi(v);
    else if (!msr_write(v, msr, value)) {
        event_fault_error(v, X86_GP, 0);
        return;
    }
    exit_advance(v);
}
