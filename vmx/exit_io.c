/* SPDX-License-Identifier: MIT */
/* IN, OUT, INS, OUTS: told to the VMM in normalised form (SDM vol. 3, tables 27-5 and 27-8). */
#include <hw/vmcs.h>
#include "caps.h"
#include "exit.h"

#define QUAL_SIZE   0x07u
#define QUAL_IN     0x08u
#define QUAL_STRING 0x10u
#define QUAL_REP    0x20u

#define SEG_ES 0u

static void fill_string(struct vmx_vcpu *v, struct vcpu_exit *x)
{
    uint32_t info = vmx_caps.string_info ? (uint32_t)x86_vmread(VMCS_EXIT_INSN_INFO) : ~0u;

    x->gla = x86_vmread(VMCS_GUEST_LINEAR_ADDRESS);
    x->addr_size = (info >> 7 & 7) > 2 ? 0 : (uint8_t)(2u << (info >> 7 & 3)); /* 0: the VMM has to decode */
    x->seg = x->flags & IO_IN ? SEG_ES : info >> 15 & 7;
    vcpu_fill_context(v);
}

void exit_io(struct vmx_vcpu *v)
{
    struct vcpu_exit *x = &v->page->exit;
    uint32_t qualification = (uint32_t)x86_vmread(VMCS_EXIT_QUALIFICATION);

    x->port = (uint16_t)(qualification >> 16);
    x->size = (uint8_t)((qualification & QUAL_SIZE) + 1);
    x->insn_len = (uint8_t)x86_vmread(VMCS_EXIT_INSN_LEN);
    /* bits 3, 4, 5 of the qualification are IO_IN, IO_STRING, IO_REP three places up */
    _Static_assert(QUAL_IN >> 3 == IO_IN && QUAL_STRING >> 3 == IO_STRING && QUAL_REP >> 3 == IO_REP, "order");
    x->flags = qualification >> 3 & (IO_IN | IO_STRING | IO_REP);
    if (qualification & QUAL_STRING)
        fill_string(v, x);
    vcpu_leave_vmm(v, EXIT_IO);
}
