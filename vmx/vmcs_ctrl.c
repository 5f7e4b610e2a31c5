/* SPDX-License-Identifier: MIT */
/* VMCS control fields of a new vCPU (SDM vol. 3, 24.6 to 24.8). */
#include <hw/vmcs.h>
#include <hw/x86.h>
#include "caps.h"
#include "vcpu.h"

/* #DB and #AC are intercepted so that a guest whose handler faults in turn cannot hold the CPU for ever. */
#define EXCEPTIONS (1u << X86_DB | 1u << X86_AC | 1u << X86_MC)

static const struct { uint16_t field; uint64_t value; } constants[] = {
    {VMCS_EXCEPTION_BITMAP, EXCEPTIONS},
    {VMCS_PF_ERROR_MASK, 0},
    {VMCS_PF_ERROR_MATCH, 0},
    {VMCS_CR3_TARGET_COUNT, 0},
    {VMCS_EXIT_MSR_STORE_COUNT, 0},
    {VMCS_EXIT_MSR_LOAD_COUNT, 0},
    {VMCS_ENTRY_MSR_LOAD_COUNT, 0},
    {VMCS_ENTRY_INTR_INFO, 0},
};

void vmcs_write_controls(struct vmx_vcpu *v)
{
    for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++)
        x86_vmwrite(constants[i].field, constants[i].value);

    v->proc = vmx_caps.proc;
    if (!(v->proc & PROC_TPR_SHADOW))
        v->proc |= PROC_CR8_LOAD_EXIT | PROC_CR8_STORE_EXIT;
    v->proc2 = vmx_caps.proc2 & ~(PROC2_X2APIC | PROC2_APIC_ACCESS);
    v->entry = vmx_caps.entry;
    x86_vmwrite(VMCS_PIN_CONTROLS, vmx_caps.pin);
    x86_vmwrite(VMCS_PROC_CONTROLS, v->proc);
    x86_vmwrite(VMCS_PROC2_CONTROLS, v->proc2);
    x86_vmwrite(VMCS_EXIT_CONTROLS, vmx_caps.exit);
    x86_vmwrite(VMCS_ENTRY_CONTROLS, v->entry);
    x86_vmwrite(VMCS_IO_BITMAP_A, vmx_bitmaps.io_a.v);
    x86_vmwrite(VMCS_IO_BITMAP_B, vmx_bitmaps.io_b.v);
    x86_vmwrite(VMCS_MSR_BITMAP, vmx_bitmaps.msr.v);
    x86_vmwrite(VMCS_TSC_OFFSET, v->tsc_offset);
    x86_vmwrite(VMCS_EPT_POINTER, ept_pointer(v->ept));
    x86_vmwrite(VMCS_CR4_MASK, ~v->cr4_allowed | CR4_MCE);
    if (v->vpid)
        x86_vmwrite(VMCS_VPID, v->vpid);
    if (v->proc & PROC_TPR_SHADOW) {
        x86_vmwrite(VMCS_VIRTUAL_APIC, sys_page_hpa(v->apic).v);
        x86_vmwrite(VMCS_TPR_THRESHOLD, 0);
    }
    if (caps_proc2(PROC2_APIC_ACCESS) && v->apic_access)
        x86_vmwrite(VMCS_APIC_ACCESS, sys_page_hpa(v->apic_access).v);
    if (vmx_caps.pin & PIN_POSTED) {
        x86_vmwrite(VMCS_POSTED_VECTOR, SYS_POSTED_VECTOR);
        x86_vmwrite(VMCS_POSTED_DESC, sys_page_hpa(v).v);
    }
    if (caps_proc2(PROC2_VIRTUAL_INTR)) {
        x86_vmwrite(VMCS_GUEST_INTR_STATUS, 0);
        for (unsigned i = 0; i < 4; i++)
            x86_vmwrite(VMCS_EOI_EXIT0 + 2 * i, 0);
    }
}
