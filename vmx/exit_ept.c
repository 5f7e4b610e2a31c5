/* SPDX-License-Identifier: MIT */
/* EPT violations and APIC-page accesses: memory that only the VMM can answer for (SDM vol. 3, 27.2.1, 28.3.3). */
#include <hw/ept.h>
#include <hw/vmcs.h>
#include "exit.h"
#include "inject.h"
#include "vlapic.h"

#define QUAL_WRITE    0x0002u
#define QUAL_FETCH    0x0004u
#define QUAL_GLA      0x0080u
#define QUAL_FINAL    0x0100u /* access to the translation of GLA, else to a paging structure */
#define QUAL_NMI_IRET 0x1000u

void exit_ept_violation(struct vmx_vcpu *v)
{
    struct vcpu_exit *x = &v->page->exit;
    uint64_t qualification = x86_vmread(VMCS_EXIT_QUALIFICATION);
    bool delivering = event_requeue(v);
    uint32_t flags = delivering ? IO_IDT : 0;

    if (!delivering && qualification & QUAL_NMI_IRET) /* the IRET will run again: its NMI is still blocked */
        x86_vmwrite(VMCS_GUEST_INTERRUPTIBILITY, x86_vmread(VMCS_GUEST_INTERRUPTIBILITY) | BLOCKING_NMI);
    if (qualification & QUAL_GLA) {
        x->gla = x86_vmread(VMCS_GUEST_LINEAR_ADDRESS);
        flags |= qualification & QUAL_FINAL ? IO_GLA : IO_GLA | IO_WALK;
    }
    flags |= qualification & QUAL_WRITE ? IO_WRITE : 0;
    flags |= qualification & QUAL_FETCH ? IO_FETCH : 0;
    x->flags = flags;
    x->gpa = x86_vmread(VMCS_GUEST_PHYSICAL_ADDRESS);
    vcpu_fill_context(v);
    vcpu_leave_vmm(v, EXIT_MMIO);
}

/* The APIC-access page, where the CPU could not do it by itself (29.4). */
void exit_apic_access(struct vmx_vcpu *v)
{
    struct vcpu_exit *x = &v->page->exit;
    uint64_t qualification = x86_vmread(VMCS_EXIT_QUALIFICATION);
    unsigned type = qualification >> 12 & 0xf; /* table 27-6: 0 read, 1 write, 2 fetch, 3 during event delivery */

    x->flags = event_requeue(v) ? IO_IDT : 0;
    x->flags |= type == 1 ? IO_WRITE : type == 2 ? IO_FETCH : 0;
    x->gpa = APIC_DEFAULT_BASE | (qualification & 0xfff);
    vcpu_fill_context(v);
    vcpu_leave_vmm(v, EXIT_MMIO);
}
