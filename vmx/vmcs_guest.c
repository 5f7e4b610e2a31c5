/* SPDX-License-Identifier: MIT */
/* VMCS guest-state area at reset (SDM vol. 3, table 9-1, and 26.3.1 for what entry asks of it). */
#include <hw/msr.h>
#include <hw/vmcs.h>
#include <hw/x86.h>
#include "exit.h"

/* Present, accessed, 64 KiB; the LDTR and TR types that entry asks for. */
#define SEGMENT(type) {.limit = 0xffff, .attr = (type)}

static const struct vcpu_state reset = {
    .gpr[GPR_RDX] = 0x600, /* family 6, as CPUID tells more exactly */
    .rip = 0xfff0, .rflags = RFLAGS_ONE, .cr0 = CR0_CD | CR0_NW | CR0_ET, .dr7 = DR7_INIT, .pat = PAT_RESET,
    .cs = {.base = 0xffff0000, .limit = 0xffff, .attr = 0x9b, .selector = 0xf000},
    .es = SEGMENT(0x93), .ss = SEGMENT(0x93), .ds = SEGMENT(0x93), .fs = SEGMENT(0x93), .gs = SEGMENT(0x93),
    .ldtr = SEGMENT(0x82), .tr = SEGMENT(0x8b), .gdt_limit = 0xffff, .idt_limit = 0xffff,
};

void vmcs_write_guest_reset(struct vmx_vcpu *v)
{
    vmcs_write_guest(v, &reset);
    v->page->gpr[GPR_RDX] = reset.gpr[GPR_RDX];
    x86_vmwrite(VMCS_VMCS_LINK, ~0ull);
}
