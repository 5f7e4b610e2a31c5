/* SPDX-License-Identifier: MIT */
/*
 * What VT-x offers, for the kernel. "vtx=off" on the command line locks it off until the next reset,
 * as firmware does whose set-up says so. For those who want no VMs, and to see how the system then
 * behaves.
 */
#include "boot.h"
#include "vtx_caps.h"

#include <hw/cpuid.h>
#include <hw/msr.h>
#include <hw/vmx_controls.h>
#include <hw/x86.h>

static void vtx_option(const char *cmdline)
{
    const char *wish = text_option(cmdline, "vtx");

    if (wish == NULL)
        return;
    if (wish[0] != 'o' || wish[1] != 'f' || wish[2] != 'f' || wish[3] > ' ')
        fail(EFI_INVALID_PARAMETER, "command line: vtx=%s: expected off", wish);
    if (!(x86_cpuid(1, 0).c & CPUID_1C_VMX))
        return;
    if (x86_rdmsr(MSR_FEATURE_CONTROL) & FEATURE_CONTROL_LOCK) {
        say("vtx=off: firmware has locked IA32_FEATURE_CONTROL already; it stays as it is");
        return;
    }
    x86_wrmsr(MSR_FEATURE_CONTROL, FEATURE_CONTROL_LOCK);
    say("vtx=off: VT-x is locked off until the next reset");
}

void vtx_find(struct boot_info *info, const char *cmdline)
{
    struct start_info *root = memory_root_info(info);
    struct vmx_caps *vmx = &info->vmx;

    vtx_option(cmdline);
    info->vmx_usable = vtx_probe(vmx, root->vmx_missing, sizeof(root->vmx_missing));
    if (info->vmx_usable)
        vtx_describe(say);
    else
        say("VMs unavailable: %s", root->vmx_missing);
    root->vmx_cr_fixed[0] = vmx->cr0_fixed0;
    root->vmx_cr_fixed[1] = vmx->cr0_fixed1;
    root->vmx_cr_fixed[2] = vmx->cr4_fixed0;
    root->vmx_cr_fixed[3] = vmx->cr4_fixed1;
    root->flags = info->vmx_usable ? START_VMX : 0;
}
