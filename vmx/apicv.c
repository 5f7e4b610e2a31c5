/* SPDX-License-Identifier: MIT */
/* APIC virtualisation by the CPU: which controls a mode needs, and virtual-interrupt delivery (SDM vol. 3, 29). */
#include <hw/vmcs.h>
#include "vlapic.h"

/*
 * The page of the xAPIC and the MSRs of the x2APIC are never both virtualised (26.2.1.1). Translations of the page
 * that were cached without the control would go past it (29.4.5): the VMM unmaps it while a vCPU is in another mode.
 */
void apicv_mode(struct vmx_vcpu *v)
{
    uint32_t proc2 = v->proc2 & ~(PROC2_APIC_ACCESS | PROC2_X2APIC);
    bool x2 = apic_is_x2(v) && caps_proc2(PROC2_X2APIC);

    if (x2)
        proc2 |= PROC2_X2APIC;
    else if (apic_enabled(v) && !apic_is_x2(v) && v->apic_access)
        proc2 |= vmx_caps.proc2 & PROC2_APIC_ACCESS;
    x86_vmwrite(VMCS_MSR_BITMAP, x2 ? vmx_bitmaps.msr_x2apic.v : vmx_bitmaps.msr.v);
    v->proc2 = proc2;
    x86_vmwrite(VMCS_PROC2_CONTROLS, proc2);
}

/* Level-triggered vectors exit at their EOI, so that the VMM's IOAPIC hears of it. */
void apicv_eoi_exit(struct vmx_vcpu *v, unsigned vector, bool level)
{
    uint64_t bit = 1ull << vector % 64;

    if (level)
        v->eoi_exit[vector / 64] |= bit;
    else
        v->eoi_exit[vector / 64] &= ~bit;
    v->status_dirty = true;
}

/* What the CPU has as highest request and in service (24.4.2), for as long as it runs nothing of the vCPU. */
void apicv_note(struct vmx_vcpu *v)
{
    uint64_t status = x86_vmread(VMCS_GUEST_INTR_STATUS);

    if (v->rvi < (uint8_t)status)
        v->rvi = (uint8_t)status;
    v->svi = (uint8_t)(status >> 8);
}

/* After IRR, ISR or EOI exits were changed by hand: all of them. */
static __attribute__((noinline)) void sync_all(struct vmx_vcpu *v)
{
    int requested = apic_software_enabled(v) ? vlapic_requested(v) : -1, service = vlapic_in_service(v);

    x86_vmwrite(VMCS_GUEST_INTR_STATUS,
                (service < 0 ? 0 : (uint64_t)service << 8) | (requested < 0 ? 0 : (uint64_t)requested));
    for (unsigned i = 0; i < 4; i++)
        x86_vmwrite(VMCS_EOI_EXIT0 + 2 * i, v->eoi_exit[i]);
    v->status_dirty = false;
    v->rvi = 0;
}

/* Tells the CPU what was requested (RVI). */
void apicv_sync(struct vmx_vcpu *v)
{
    if (v->status_dirty) {
        sync_all(v);
        return;
    }
    uint64_t status = x86_vmread(VMCS_GUEST_INTR_STATUS);
    if ((uint8_t)status < v->rvi)
        x86_vmwrite(VMCS_GUEST_INTR_STATUS, (status & 0xff00) | v->rvi);
    v->rvi = 0;
}
