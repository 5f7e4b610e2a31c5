/* SPDX-License-Identifier: MIT */
/*
 * RDMSR and WRMSR that exit: the policy list tells for each MSR who answers, the kernel's handlers
 * here or the VMM; all others fault and are counted.
 */
#include <hw/cpuid.h>
#include <hw/msr.h>
#include "exit.h"
#include "inject.h"
#include "vlapic.h"

/* false = #GP(0) */
typedef bool msr_read(struct vmx_vcpu *v, uint32_t msr, uint64_t *value);
typedef bool msr_write(struct vmx_vcpu *v, uint32_t msr, uint64_t value);

static bool read_vmm(struct vmx_vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)value;
    v->page->exit.msr = msr;
    v->page->exit.insn_len = (uint8_t)x86_vmread(VMCS_EXIT_INSN_LEN);
    vcpu_leave_vmm(v, EXIT_RDMSR);
}

static bool write_vmm(struct vmx_vcpu *v, uint32_t msr, uint64_t value)
{
    (void)value;
    v->page->exit.msr = msr;
    v->page->exit.insn_len = (uint8_t)x86_vmread(VMCS_EXIT_INSN_LEN);
    vcpu_leave_vmm(v, EXIT_WRMSR);
}

static void tsc_set_offset(struct vmx_vcpu *v, uint64_t offset)
{
    v->tsc_offset = offset;
    x86_vmwrite(VMCS_TSC_OFFSET, offset);
    timer_tsc_changed(v);
}

static bool read_tsc(struct vmx_vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)msr;
    *value = x86_rdtsc() + v->tsc_offset;
    return true;
}

/* A write to either of TSC and TSC_ADJUST moves the other by as much (SDM vol. 3, 17.17.3). */
static bool write_tsc(struct vmx_vcpu *v, uint32_t msr, uint64_t value)
{
    uint64_t offset = value - x86_rdtsc();

    (void)msr;
    v->tsc_adjust += offset - v->tsc_offset;
    tsc_set_offset(v, offset);
    return true;
}

static bool has_tsc_adjust(const struct vmx_vcpu *v)
{
    const struct cpuid_regs *r = cpuid_find(v->cpuid, 7, 0);

    return r && r->ebx & CPUID_7B_TSC_ADJUST;
}

static bool read_tsc_adjust(struct vmx_vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)msr;
    *value = v->tsc_adjust;
    return has_tsc_adjust(v);
}

static bool write_tsc_adjust(struct vmx_vcpu *v, uint32_t msr, uint64_t value)
{
    (void)msr;
    if (!has_tsc_adjust(v))
        return false;
    uint64_t delta = value - v->tsc_adjust;
    v->tsc_adjust = value;
    tsc_set_offset(v, v->tsc_offset + delta);
    return true;
}

static bool read_apic_base(struct vmx_vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)msr;
    *value = v->apic_base;
    return true;
}

static bool write_apic_base(struct vmx_vcpu *v, uint32_t msr, uint64_t value)
{
    (void)msr;
    return vlapic_set_base(v, value);
}

static bool read_pat(struct vmx_vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v, (void)msr;
    *value = x86_vmread(VMCS_GUEST_PAT);
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

static bool write_pat(struct vmx_vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v, (void)msr;
    if (!msr_pat_valid(value))
        return false;
    x86_vmwrite(VMCS_GUEST_PAT, value);
    return true;
}

static bool read_efer(struct vmx_vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)msr;
    *value = v->efer;
    return true;
}

/* LMA is not the guest's to write; LME does not change while paging is on (SDM vol. 3, 9.8.5). */
static bool write_efer(struct vmx_vcpu *v, uint32_t msr, uint64_t value)
{
    (void)msr;
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

static bool has_deadline(const struct vmx_vcpu *v)
{
    return v->cpuid->basic[1].ecx & CPUID_1C_DEADLINE;
}

static bool read_deadline(struct vmx_vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)msr;
    *value = v->timer.deadline;
    return has_deadline(v);
}

static bool write_deadline(struct vmx_vcpu *v, uint32_t msr, uint64_t value)
{
    (void)msr;
    if (!has_deadline(v))
        return false;
    timer_deadline_write(v, value);
    return true;
}

#define DEBUGCTL_LBR 1ull /* accepted and dropped: the model has no last-branch records */
#define DEBUGCTL_BTF 2ull

static bool read_debugctl(struct vmx_vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v, (void)msr;
    *value = x86_vmread(VMCS_GUEST_DEBUGCTL);
    return true;
}

static bool write_debugctl(struct vmx_vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v, (void)msr;
    if (value & ~(DEBUGCTL_LBR | DEBUGCTL_BTF))
        return false;
    x86_vmwrite(VMCS_GUEST_DEBUGCTL, value & DEBUGCTL_BTF);
    return true;
}

static bool read_x2apic(struct vmx_vcpu *v, uint32_t msr, uint64_t *value)
{
    return apic_is_x2(v) && vlapic_read(v, (msr - MSR_X2APIC_FIRST) * 16, value);
}

static bool write_x2apic(struct vmx_vcpu *v, uint32_t msr, uint64_t value)
{
    if (msr == APIC_MSR(APIC_EOI) && value == 0 && apic_is_x2(v)) { /* the one that counts */
        vlapic_eoi(v);
        return true;
    }
    return apic_is_x2(v) && vlapic_write(v, (msr - MSR_X2APIC_FIRST) * 16, value);
}

static const struct policy {
    uint32_t first, count;
    msr_read *read;
    msr_write *write;
} policy[] = {
    {0, 0, NULL, NULL}, /* row 0: unknown */
    {MSR_TSC, 1, read_tsc, write_tsc},
    {MSR_APIC_BASE, 1, read_apic_base, write_apic_base},
    {MSR_TSC_ADJUST, 1, read_tsc_adjust, write_tsc_adjust},
    {MSR_DEBUGCTL, 1, read_debugctl, write_debugctl},
    {MSR_PAT, 1, read_pat, write_pat},
    {MSR_TSC_DEADLINE, 1, read_deadline, write_deadline},
    {MSR_X2APIC_FIRST, 0x40, read_x2apic, write_x2apic},
    {MSR_EFER, 1, read_efer, write_efer},
    {MSR_PLATFORM_ID, 1, read_vmm, write_vmm},
    {MSR_FEATURE_CONTROL, 1, read_vmm, write_vmm},
    {MSR_BIOS_SIGN_ID, 1, read_vmm, write_vmm},
    {MSR_MTRR_CAP, 1, read_vmm, write_vmm},
    {MSR_MCG_CAP, 2, read_vmm, write_vmm}, /* and MCG_STATUS */
    {MSR_MISC_ENABLE, 1, read_vmm, write_vmm},
    {MSR_MTRR_PHYS_BASE0, 16, read_vmm, write_vmm},
    {MSR_MTRR_FIX_64K, 1, read_vmm, write_vmm},
    {MSR_MTRR_FIX_16K, 2, read_vmm, write_vmm},
    {MSR_MTRR_FIX_4K, 8, read_vmm, write_vmm},
    {MSR_MTRR_DEF_TYPE, 1, read_vmm, write_vmm},
};

/* MSR -> row of the list, 0 = none; filled once at boot. */
#define LOW_END    0x840u
#define HIGH_FIRST 0xc0000000u
#define HIGH_END   0x110u
static uint8_t rows_low[LOW_END], rows_high[HIGH_END];

void msr_index_init(void)
{
    for (size_t row = 1; row < sizeof(policy) / sizeof(policy[0]); row++)
        for (uint32_t msr = policy[row].first; msr < policy[row].first + policy[row].count; msr++)
            *(msr < LOW_END ? &rows_low[msr] : &rows_high[msr - HIGH_FIRST]) = (uint8_t)row;
}

static const struct policy *policy_of(uint32_t msr)
{
    if (msr < LOW_END)
        return &policy[rows_low[msr]];
    if (msr - HIGH_FIRST < HIGH_END)
        return &policy[rows_high[msr - HIGH_FIRST]];
    return &policy[0];
}

static void unknown(struct vmx_vcpu *v)
{
    v->unknown_msr++;
    event_fault_error(v, X86_GP, 0);
}

void exit_rdmsr(struct vmx_vcpu *v)
{
    uint64_t *gpr = v->page->gpr, value;
    uint32_t msr = (uint32_t)gpr[GPR_RCX];
    const struct policy *p = policy_of(msr);

    if (!p->read) {
        unknown(v);
    } else if (p->read(v, msr, &value)) {
        gpr[GPR_RAX] = (uint32_t)value;
        gpr[GPR_RDX] = value >> 32;
        exit_advance(v);
    } else {
        event_fault_error(v, X86_GP, 0);
    }
}

void exit_wrmsr(struct vmx_vcpu *v)
{
    uint64_t *gpr = v->page->gpr;
    uint32_t msr = (uint32_t)gpr[GPR_RCX];
    const struct policy *p = policy_of(msr);

    if (!p->write)
        unknown(v);
    else if (p->write(v, msr, gpr[GPR_RDX] << 32 | (uint32_t)gpr[GPR_RAX]))
        exit_advance(v);
    else
        event_fault_error(v, X86_GP, 0);
}
