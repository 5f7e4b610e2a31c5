/* SPDX-License-Identifier: MIT */
/* What the CPUs can do; VMX operation on, per CPU (SDM vol. 3, 23.6 to 23.8, 31.5). */
#include <hw/msr.h>
#include <hw/vmcs.h>
#include <hw/x86.h>
#include <sys/log.h>
#include "caps.h"
#include "vmx.h"

struct vmx_caps vmx_caps;

void vmx_init(const struct vmx_caps *caps)
{
    vmx_caps = *caps;
}

bool vmx_has_apic_access(void)
{
    return caps_proc2(PROC2_APIC_ACCESS);
}

enum status vmx_cpu_on(void *page)
{
    uint64_t control = x86_rdmsr(MSR_FEATURE_CONTROL);

    if (!(control & FEATURE_CONTROL_LOCK)) {
        control |= FEATURE_CONTROL_VMX | FEATURE_CONTROL_LOCK;
        x86_wrmsr(MSR_FEATURE_CONTROL, control);
    }
    if (!(control & FEATURE_CONTROL_VMX))
        return ERR_UNSUPPORTED;
    x86_write_cr0((x86_read_cr0() | vmx_caps.cr0_fixed0) & vmx_caps.cr0_fixed1);
    x86_write_cr4((x86_read_cr4() | vmx_caps.cr4_fixed0 | CR4_VMXE) & vmx_caps.cr4_fixed1);
    *(uint32_t *)page = vmx_caps.revision;
    return x86_vmxon(sys_page_hpa(page).v) ? OK : ERR_UNSUPPORTED;
}
