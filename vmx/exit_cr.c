/* SPDX-License-Identifier: MIT */
/*
 * Control and debug registers, XCR0 (SDM vol. 3, 2.5, 2.6, 25.1.3). An exit comes only when a
 * host-owned bit changes. Most such instructions are not emulated: the shadow takes the new
 * value and the CPU runs the instruction once more, now without an exit, with all its checks and
 * effects (loading PDPTEs among them, for which the kernel could not read the guest's memory).
 */
#include <hw/vmcs.h>
#include "caps.h"
#include "exit.h"
#include "inject.h"
#include "vlapic.h"

#define CR0_HOST (CR0_NE | CR0_CD | CR0_NW)

uint64_t cr_guest_cr0(const struct vmx_vcpu *v)
{
    return (x86_vmread(VMCS_GUEST_CR0) & ~v->cr0_mask) | (v->cr0_shadow & v->cr0_mask);
}

uint64_t cr_guest_cr4(const struct vmx_vcpu *v)
{
    uint64_t owned = v->cr4_allowed & ~CR4_MCE;

    return (x86_vmread(VMCS_GUEST_CR4) & owned) | v->cr4_shadow;
}

static void shadow_cr0(struct vmx_vcpu *v, uint64_t guest_cr0)
{
    v->cr0_shadow = guest_cr0;
    x86_vmwrite(VMCS_CR0_SHADOW, guest_cr0);
}

static void shadow_cr4(struct vmx_vcpu *v, uint64_t guest_cr4)
{
    v->cr4_shadow = guest_cr4 & CR4_MCE;
    x86_vmwrite(VMCS_CR4_SHADOW, v->cr4_shadow);
}

void cr_set_cr0(struct vmx_vcpu *v, uint64_t guest_cr0)
{
    guest_cr0 = (guest_cr0 & CR0_DEFINED) | CR0_ET;
    shadow_cr0(v, guest_cr0);
    x86_vmwrite(VMCS_GUEST_CR0, (guest_cr0 & ~(CR0_CD | CR0_NW)) | CR0_NE);
}

/* Machine checks must reach the host while the guest runs: MCE is as the host has it. */
void cr_set_cr4(struct vmx_vcpu *v, uint64_t guest_cr4)
{
    shadow_cr4(v, guest_cr4);
    x86_vmwrite(VMCS_GUEST_CR4, (guest_cr4 & v->cr4_allowed & ~CR4_MCE) | CR4_VMXE | (x86_read_cr4() & CR4_MCE));
}

void cr_set_efer(struct vmx_vcpu *v, uint64_t efer)
{
    uint32_t entry = efer & EFER_LMA ? v->entry | ENTRY_IA32E : v->entry & ~ENTRY_IA32E;

    v->efer = efer;
    x86_vmwrite(VMCS_GUEST_EFER, efer);
    if (entry != v->entry) {
        v->entry = entry;
        x86_vmwrite(VMCS_ENTRY_CONTROLS, entry);
    }
    v->cr0_mask = efer & EFER_LME ? CR0_HOST | CR0_PG : CR0_HOST;
    x86_vmwrite(VMCS_CR0_MASK, v->cr0_mask);
}

bool cr_cr0_valid(uint64_t cr0)
{
    return !(cr0 >> 32) && !((cr0 & CR0_PG) && !(cr0 & CR0_PE)) && !((cr0 & CR0_NW) && !(cr0 & CR0_CD));
}

/* SDM vol. 1, 13.3: which combinations XSETBV takes. */
bool cr_xcr0_valid(const struct vmx_vcpu *v, uint64_t xcr0)
{
    uint64_t avx512 = xcr0 & XCR0_AVX512;

    if (!(xcr0 & XCR0_X87) || xcr0 & ~v->xcr0_allowed)
        return false;
    if (xcr0 & XCR0_AVX && !(xcr0 & XCR0_SSE))
        return false;
    return !avx512 || (avx512 == XCR0_AVX512 && xcr0 & XCR0_AVX);
}

/* CR0.PG changes while EFER.LME is set: long mode begins or ends (SDM vol. 3, 9.8.5). */
static void long_mode_switch(struct vmx_vcpu *v, uint64_t cr0)
{
    bool on = cr0 & CR0_PG;
    uint64_t cr4 = x86_vmread(VMCS_GUEST_CR4);

    bool tss16 = on && (x86_vmread(VMCS_GUEST_TR_ATTR) & 0xf) != 0xb; /* 26.3.1.2: busy 32-bit TSS */
    if (tss16 || x86_vmread(VMCS_GUEST_CS_ATTR) & ATTR_L || (on ? !(cr4 & CR4_PAE) : (cr4 & CR4_PCIDE) != 0)) {
        event_fault_error(v, X86_GP, 0);
        return;
    }
    cr_set_efer(v, on ? v->efer | EFER_LMA : v->efer & ~EFER_LMA);
    cr_set_cr0(v, cr0);
    vpid_flush(v); /* as the change of PG would */
    exit_advance(v);
}

static void write_cr0(struct vmx_vcpu *v, uint64_t cr0)
{
    if (!cr_cr0_valid(cr0))
        event_fault_error(v, X86_GP, 0);
    else if (v->efer & EFER_LME && (cr0 ^ v->cr0_shadow) & CR0_PG)
        long_mode_switch(v, cr0);
    else
        shadow_cr0(v, cr0);
}

static void write_cr4(struct vmx_vcpu *v, uint64_t cr4)
{
    if (cr4 & ~v->cr4_allowed)
        event_fault_error(v, X86_GP, 0);
    else
        shadow_cr4(v, cr4);
}

static void write_cr8(struct vmx_vcpu *v, uint64_t cr8)
{
    if (cr8 >> 4) {
        event_fault_error(v, X86_GP, 0);
        return;
    }
    vlapic_set_tpr(v, (uint32_t)cr8 << 4);
    exit_advance(v);
}

static uint64_t operand(const struct vmx_vcpu *v, unsigned reg)
{
    uint64_t value = reg == GPR_RSP ? x86_vmread(VMCS_GUEST_RSP) : v->page->gpr[reg];

    return v->efer & EFER_LMA && x86_vmread(VMCS_GUEST_CS_ATTR) & ATTR_L ? value : value & 0xffffffffu;
}

static void read_cr8(struct vmx_vcpu *v, unsigned reg)
{
    uint64_t value = (*apic_reg(v, APIC_TPR) & 0xffu) >> 4;

    if (reg == GPR_RSP)
        x86_vmwrite(VMCS_GUEST_RSP, value);
    else
        v->page->gpr[reg] = value;
    exit_advance(v);
}

/* Exit qualification: table 27-3. */
void exit_cr(struct vmx_vcpu *v)
{
    uint64_t qualification = x86_vmread(VMCS_EXIT_QUALIFICATION);
    unsigned access = qualification & 0x3f, reg = qualification >> 8 & 0xf;

    switch (access) {
    case 0x00: exit_set_rf(); write_cr0(v, operand(v, reg)); break;
    case 0x04: exit_set_rf(); write_cr4(v, operand(v, reg)); break;
    case 0x08: write_cr8(v, operand(v, reg)); break;
    case 0x18: read_cr8(v, reg); break;
    default: event_fault(v, X86_UD); break; /* CR3, CLTS and LMSW touch no host-owned bit */
    }
}

/* First use of a debug register: from here on they are the guest's until it is unloaded. */
void exit_dr(struct vmx_vcpu *v)
{
    vcpu_dr_load(v);
}

void exit_tpr_below(struct vmx_vcpu *v)
{
    v->pending |= PENDING_IRQ;
}

/* The exit may come before the check of CPL: make it here. */
void exit_xsetbv(struct vmx_vcpu *v)
{
    uint64_t value = v->page->gpr[GPR_RDX] << 32 | (uint32_t)v->page->gpr[GPR_RAX];

    if (exit_cpl() != 0 || (uint32_t)v->page->gpr[GPR_RCX] != 0 || !cr_xcr0_valid(v, value)) {
        event_fault_error(v, X86_GP, 0);
        return;
    }
    v->xcr0 = value;
    x86_xsetbv(0, value);
    exit_advance(v);
}
