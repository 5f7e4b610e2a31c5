/* SPDX-License-Identifier: MIT */
/* VMCS guest-state area at reset (SDM vol. 3, table 9-1, and 26.3.1 for what entry asks of it). */
#include <hw/msr.h>
#include <hw/vmcs.h>
#include <hw/x86.h>
#include "exit.h"

/* DATA, CODE: present, accessed, 64 KiB; the LDTR and TR types that entry asks for. */
#define ATTR_DATA_RESET 0x93u
#define ATTR_CODE_RESET 0x9bu
#define ATTR_LDT_RESET  0x82u
#define ATTR_TSS_RESET  0x8bu

static const struct { uint16_t field; uint64_t value; } reset[] = {
    {VMCS_GUEST_CS, 0xf000}, {VMCS_GUEST_CS_BASE, 0xffff0000},
    {VMCS_GUEST_CS_LIMIT, 0xffff}, {VMCS_GUEST_CS_ATTR, ATTR_CODE_RESET},
#define DATA(seg) {VMCS_GUEST_##seg, 0}, {VMCS_GUEST_##seg##_BASE, 0}, \
    {VMCS_GUEST_##seg##_LIMIT, 0xffff}, {VMCS_GUEST_##seg##_ATTR, ATTR_DATA_RESET}
    DATA(ES), DATA(SS), DATA(DS), DATA(FS), DATA(GS),
#undef DATA
    {VMCS_GUEST_LDTR, 0}, {VMCS_GUEST_LDTR_BASE, 0},
    {VMCS_GUEST_LDTR_LIMIT, 0xffff}, {VMCS_GUEST_LDTR_ATTR, ATTR_LDT_RESET},
    {VMCS_GUEST_TR, 0}, {VMCS_GUEST_TR_BASE, 0},
    {VMCS_GUEST_TR_LIMIT, 0xffff}, {VMCS_GUEST_TR_ATTR, ATTR_TSS_RESET},
    {VMCS_GUEST_GDTR_BASE, 0}, {VMCS_GUEST_GDTR_LIMIT, 0xffff},
    {VMCS_GUEST_IDTR_BASE, 0}, {VMCS_GUEST_IDTR_LIMIT, 0xffff},
    {VMCS_GUEST_RIP, 0xfff0}, {VMCS_GUEST_RSP, 0}, {VMCS_GUEST_RFLAGS, RFLAGS_ONE},
    {VMCS_GUEST_CR3, 0}, {VMCS_GUEST_DR7, DR7_INIT}, {VMCS_GUEST_DEBUGCTL, 0},
    {VMCS_GUEST_PAT, PAT_RESET},
    {VMCS_GUEST_SYSENTER_CS, 0}, {VMCS_GUEST_SYSENTER_ESP, 0}, {VMCS_GUEST_SYSENTER_EIP, 0},
    {VMCS_GUEST_INTERRUPTIBILITY, 0}, {VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE},
    {VMCS_GUEST_PENDING_DEBUG, 0}, {VMCS_VMCS_LINK, ~0ull},
};

void vmcs_write_guest_reset(struct vmx_vcpu *v)
{
    for (size_t i = 0; i < sizeof(reset) / sizeof(reset[0]); i++)
        x86_vmwrite(reset[i].field, reset[i].value);
    cr_set_efer(v, 0);
    cr_set_cr0(v, CR0_CD | CR0_NW | CR0_ET);
    cr_set_cr4(v, 0);
    v->page->gpr[GPR_RDX] = 0x600; /* family 6, as CPUID tells more exactly */
}
