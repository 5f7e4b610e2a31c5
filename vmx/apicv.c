/* SPDX-License-Identifier: MIT */
/* APIC virtualisation by the CPU: which controls a mode needs, and virtual-interrupt delivery (SDM vol. 3, 29). */
#include <hw/vmcs.h>
#include "vlapic.h"

/* The page of the xAPIC and the MSRs of the x2APIC are never both virtualised (26.2.1.1). */
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
    v->eoi_exit_dirty = true;
}

/* Tells the CPU what was added to IRR (RVI), and ISR if that was changed by hand (SVI). */
void apicv_sync(struct vmx_vcpu *v)
{
    uint64_t status = x86_vmread(VMCS_GUEST_INTR_STATUS);
    int requested = vlapic_requested(v);

    if (v->svi_dirty) {
        int service = -1;
        for (unsigned word = 0; word < 8; word++) {
            uint32_t bits = *apic_reg(v, APIC_ISR + 16 * word);
            if (bits)
                service = (int)(32 * word + 31 - (unsigned)__builtin_clz(bits));
        }
        status = service < 0 ? 0 : (uint64_t)service << 8;
        v->svi_dirty = false;
    }
    status &= 0xff00;
    if (requested >= 0 && apic_software_enabled(v))
        status |= (uint64_t)requested;
    x86_vmwrite(VMCS_GUEST_INTR_STATUS, status);
    if (v->eoi_exit_dirty) {
        for (unsigned i = 0; i < 4; i++)
            x86_vmwrite(VMCS_EOI_EXIT0 + 2 * i, v->eoi_exit[i]);
        v->eoi_exit_dirty = false;
    }
}
