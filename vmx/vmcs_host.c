/* SPDX-License-Identifier: MIT */
/* VMCS host-state area: what each exit loads (SDM vol. 3, 24.5); written when a vCPU comes to a CPU. */
#include <hw/msr.h>
#include <hw/vmcs.h>
#include <hw/x86.h>
#include "vcpu.h"

#define IN_HOST(member) offsetof(struct host_cpu, member)

static const struct { uint16_t field, offset; } fields[] = {
    {VMCS_HOST_CR0, IN_HOST(cr0)},
    {VMCS_HOST_CR4, IN_HOST(cr4)},
    {VMCS_HOST_TR_BASE, IN_HOST(tss)},
    {VMCS_HOST_GDTR_BASE, IN_HOST(gdt)},
    {VMCS_HOST_IDTR_BASE, IN_HOST(idt)},
    {VMCS_HOST_SYSENTER_ESP, IN_HOST(sysenter_esp)},
    {VMCS_HOST_SYSENTER_EIP, IN_HOST(sysenter_eip)},
};

/* Data segments are null in 64-bit mode; the kernel uses neither FS nor GS. */
static const uint16_t zeros[] = {
    VMCS_HOST_ES, VMCS_HOST_DS, VMCS_HOST_FS, VMCS_HOST_GS, VMCS_HOST_FS_BASE, VMCS_HOST_GS_BASE,
};

void vmcs_write_host(struct vmx_vcpu *v)
{
    struct host_cpu host;

    sys_host_cpu(&host);
    x86_vmwrite(VMCS_HOST_CR3, host.cr3);
    uint64_t rsp = host.rsp - 16; /* entry.S keeps two pointers there */
    if (v->host_rsp == rsp)
        return; /* the same CPU as last time: all but CR3 is constant */

    v->host_rsp = rsp;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        x86_vmwrite(fields[i].field, *(const uint64_t *)((const char *)&host + fields[i].offset));
    for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
        x86_vmwrite(zeros[i], 0);
    x86_vmwrite(VMCS_HOST_CS, host.cs);
    x86_vmwrite(VMCS_HOST_SS, host.ss);
    x86_vmwrite(VMCS_HOST_TR, host.tr);
    x86_vmwrite(VMCS_HOST_SYSENTER_CS, host.sysenter_cs);
    x86_vmwrite(VMCS_HOST_RSP, rsp);
    x86_vmwrite(VMCS_HOST_RIP, (uint64_t)vmx_exit_entry);
    x86_vmwrite(VMCS_HOST_PAT, x86_rdmsr(MSR_PAT));
    x86_vmwrite(VMCS_HOST_EFER, x86_rdmsr(MSR_EFER));
}
