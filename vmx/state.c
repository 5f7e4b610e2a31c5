/* SPDX-License-Identifier: MIT */
/* The whole state of a vCPU, out and in (vcpu_get_state, vcpu_set_state). */
#include <hw/msr.h>
#include <hw/vmcs.h>
#include "caps.h"
#include "exit.h"
#include "vlapic.h"

#define IN_STATE(member) offsetof(struct vcpu_state, member)

/* Fields that move as they are: 64-bit members. */
static const struct { uint16_t field, offset; } wide[] = {
    {VMCS_GUEST_RIP, IN_STATE(rip)}, {VMCS_GUEST_RFLAGS, IN_STATE(rflags)},
    {VMCS_GUEST_GDTR_BASE, IN_STATE(gdt_base)}, {VMCS_GUEST_IDTR_BASE, IN_STATE(idt_base)},
    {VMCS_GUEST_CR3, IN_STATE(cr3)}, {VMCS_GUEST_DR7, IN_STATE(dr7)}, {VMCS_GUEST_PAT, IN_STATE(pat)},
    {VMCS_GUEST_SYSENTER_CS, IN_STATE(sysenter_cs)}, {VMCS_GUEST_SYSENTER_ESP, IN_STATE(sysenter_esp)},
    {VMCS_GUEST_SYSENTER_EIP, IN_STATE(sysenter_eip)}, {VMCS_GUEST_PDPTE0, IN_STATE(pdpte[0])},
    {VMCS_GUEST_PDPTE1, IN_STATE(pdpte[1])}, {VMCS_GUEST_PDPTE2, IN_STATE(pdpte[2])},
    {VMCS_GUEST_PDPTE3, IN_STATE(pdpte[3])}, {VMCS_GUEST_DEBUGCTL, IN_STATE(debugctl)},
};
#define WIDE_COUNT (sizeof(wide) / sizeof(wide[0]))
#define SEGMENTS 8u /* es cs ss ds fs gs ldtr tr, in the struct as in the VMCS */
_Static_assert(IN_STATE(tr) - IN_STATE(es) == 7 * sizeof(struct vcpu_segment), "segments are consecutive");

static struct vcpu_segment *segment(const struct vcpu_state *s, unsigned i)
{
    return (struct vcpu_segment *)((uintptr_t)s + IN_STATE(es) + i * sizeof(struct vcpu_segment));
}

void vmx_vcpu_get_state(struct vmx_vcpu *v, struct vcpu_state *s)
{
    for (unsigned i = 0; i < GPR_COUNT; i++)
        s->gpr[i] = v->page->gpr[i];
    s->gpr[GPR_RSP] = x86_vmread(VMCS_GUEST_RSP);
    for (unsigned i = 0; i < WIDE_COUNT; i++)
        *(uint64_t *)((char *)s + wide[i].offset) = x86_vmread(wide[i].field);
    for (unsigned i = 0; i < SEGMENTS; i++)
        *segment(s, i) = (struct vcpu_segment){
            .base = x86_vmread(VMCS_GUEST_ES_BASE + 2 * i),
            .limit = (uint32_t)x86_vmread(VMCS_GUEST_ES_LIMIT + 2 * i),
            .attr = (uint32_t)x86_vmread(VMCS_GUEST_ES_ATTR + 2 * i),
            .selector = (uint16_t)x86_vmread(VMCS_GUEST_ES + 2 * i),
        };
    s->gdt_limit = (uint32_t)x86_vmread(VMCS_GUEST_GDTR_LIMIT);
    s->idt_limit = (uint32_t)x86_vmread(VMCS_GUEST_IDTR_LIMIT);
    s->cr0 = cr_guest_cr0(v);
    s->cr2 = v->cr2;
    s->cr4 = cr_guest_cr4(v);
    s->cr8 = (*apic_reg(v, APIC_TPR) & 0xff) >> 4;
    s->xcr0 = v->xcr0;
    s->efer = v->efer;
    vcpu_dr_save(v);
    for (unsigned i = 0; i < 4; i++)
        s->dr[i] = v->dr[i];
    s->dr6 = v->dr6;
    vcpu_msrs_save(v);
    for (unsigned i = 0; i < VCPU_MSRS; i++)
        *(uint64_t *)((char *)s + vcpu_msrs[i].offset) = v->msr[i];
    s->apic_base = v->apic_base;
    s->tsc_adjust = v->tsc_adjust;
    s->tsc = v->tsc_told = x86_rdtsc() + v->tsc_offset;
    s->interruptibility = (uint32_t)x86_vmread(VMCS_GUEST_INTERRUPTIBILITY);
    vcpu_note_halt(v);
    s->activity = v->activity;
    s->fpu_control = 0;
}

/* What would fault in the kernel when loaded into the CPU, or what entry refuses (26.3.1.1). */
static bool registers_valid(const struct vmx_vcpu *v, const struct vcpu_state *s)
{
    const uint64_t addresses[] = {s->lstar, s->cstar, s->kernel_gs_base, s->sysenter_esp, s->sysenter_eip,
                                  s->gdt_base, s->idt_base, s->fs.base, s->gs.base, s->tr.base};
    const uint64_t narrow[] = {s->fmask, s->tsc_aux, s->sysenter_cs, s->dr6, s->dr7};

    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
        if (!x86_canonical(addresses[i]))
            return false;
    for (size_t i = 0; i < sizeof(narrow) / sizeof(narrow[0]); i++)
        if (narrow[i] >> 32)
            return false;
    if (s->cr8 > 15 || s->cr3 & vmx_caps.reserved_address || !msr_pat_valid(s->pat) || s->debugctl & ~DEBUGCTL_BTF)
        return false;
    return v->xcr0_allowed ? cr_xcr0_valid(v, s->xcr0) : s->xcr0 == XCR0_X87;
}

static bool mode_valid(const struct vmx_vcpu *v, const struct vcpu_state *s)
{
    bool lma = s->efer & EFER_LMA;
    uint64_t lme_pg = (s->efer & EFER_LME ? 1 : 0) & (s->cr0 & CR0_PG ? 1 : 0);

    if (!cr_cr0_valid(s->cr0) || s->cr4 & ~v->cr4_allowed || s->efer & ~v->efer_allowed || lma != lme_pg)
        return false;
    if (lma ? !(s->cr4 & CR4_PAE) || s->rflags & RFLAGS_VM : s->cr4 & CR4_PCIDE || s->cs.attr & ATTR_L)
        return false;
    if (lma && s->cs.attr & ATTR_L ? !x86_canonical(s->rip) : s->rip >> 32 != 0)
        return false;
    return (s->rflags & ~RFLAGS_DEFINED) == 0 && s->rflags & RFLAGS_ONE;
}

/* 26.3.1.5 */
static bool activity_valid(const struct vcpu_state *s)
{
    uint32_t sti_movss = s->interruptibility & (BLOCKING_STI | BLOCKING_MOVSS);

    if (s->interruptibility & ~(BLOCKING_STI | BLOCKING_MOVSS | BLOCKING_NMI) || s->activity > ACTIVITY_WAIT_SIPI)
        return false;
    if (sti_movss == (BLOCKING_STI | BLOCKING_MOVSS) || (sti_movss & BLOCKING_STI && !(s->rflags & RFLAGS_IF)))
        return false;
    return s->activity == ACTIVITY_ACTIVE || !sti_movss;
}

void vmcs_write_guest(struct vmx_vcpu *v, const struct vcpu_state *s)
{
    for (unsigned i = 0; i < WIDE_COUNT; i++)
        x86_vmwrite(wide[i].field, *(const uint64_t *)((const char *)s + wide[i].offset));
    for (unsigned i = 0; i < SEGMENTS; i++) {
        const struct vcpu_segment *seg = segment(s, i);
        x86_vmwrite(VMCS_GUEST_ES_BASE + 2 * i, seg->base);
        x86_vmwrite(VMCS_GUEST_ES_LIMIT + 2 * i, seg->limit);
        x86_vmwrite(VMCS_GUEST_ES_ATTR + 2 * i, seg->attr);
        x86_vmwrite(VMCS_GUEST_ES + 2 * i, seg->selector);
    }
    x86_vmwrite(VMCS_GUEST_RSP, s->gpr[GPR_RSP]);
    x86_vmwrite(VMCS_GUEST_GDTR_LIMIT, s->gdt_limit);
    x86_vmwrite(VMCS_GUEST_IDTR_LIMIT, s->idt_limit);
    cr_set_efer(v, s->efer);
    cr_set_cr0(v, s->cr0);
    cr_set_cr4(v, s->cr4);
    x86_vmwrite(VMCS_GUEST_INTERRUPTIBILITY, s->interruptibility);
    x86_vmwrite(VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE); /* other states are ours: v->activity */
    bool step = s->rflags & RFLAGS_TF && s->interruptibility & (BLOCKING_STI | BLOCKING_MOVSS);
    x86_vmwrite(VMCS_GUEST_PENDING_DEBUG, step ? PENDING_DEBUG_BS : 0);
    x86_vmwrite(VMCS_ENTRY_INTR_INFO, 0);
}

static void write_cpu(struct vmx_vcpu *v, const struct vcpu_state *s)
{
    for (unsigned i = 0; i < VCPU_MSRS; i++)
        v->msr[i] = *(const uint64_t *)((const char *)s + vcpu_msrs[i].offset);
    vcpu_msrs_load(v);
    for (unsigned i = 0; i < 4; i++)
        v->dr[i] = s->dr[i];
    v->dr6 = s->dr6;
    x86_write_dr6(v->dr6);
    if (v->dr_live || s->dr7 & 0xff)
        vcpu_dr_load(v);
    v->cr2 = s->cr2;
    v->xcr0 = s->xcr0;
    vpid_flush(v); /* CR0, CR3 and CR4 changed behind the CPU's back */
}

/* A reset: what came for the vCPU before is gone. */
static void drop_messages(struct vmx_vcpu *v)
{
    mail_take(v);
    v->pending &= ~PENDING_NMI;
    v->waiting &= ~PENDING_NMI;
}

enum status vmx_vcpu_set_state(struct vmx_vcpu *v, const struct vcpu_state *s)
{
    if (!registers_valid(v, s) || !mode_valid(v, s) || !activity_valid(s) || !vlapic_set_base(v, s->apic_base))
        return ERR_INVALID;
    if (s->fpu_control)
        drop_messages(v);
    for (unsigned i = 0; i < GPR_COUNT; i++)
        v->page->gpr[i] = s->gpr[i];
    vmcs_write_guest(v, s);
    write_cpu(v, s);
    vlapic_set_tpr(v, (uint32_t)s->cr8 << 4);
    v->tsc_adjust = s->tsc_adjust;
    if (s->tsc != v->tsc_told) {
        if (v->id == 0)
            v->peers->tsc_offset = s->tsc - x86_rdtsc();
        v->tsc_offset = v->peers->tsc_offset;
        x86_vmwrite(VMCS_TSC_OFFSET, v->tsc_offset);
        timer_tsc_changed(v);
    }
    v->activity = (uint8_t)s->activity;
    v->halt_if = (s->rflags & RFLAGS_IF) != 0;
    v->pending &= ~(PENDING_EVENT | PENDING_SHUTDOWN | PENDING_HALT);
    v->pending |= s->activity != ACTIVITY_ACTIVE ? PENDING_HALT : 0;
    return OK;
}
