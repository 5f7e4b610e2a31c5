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

/*
 * I/O breakpoints trap behind the instruction (SDM vol. 3, 17.2.4): find those that this one hits;
 * the trap is raised when the VMM has completed it.
 */
static uint64_t breakpoint_hits(const struct vcpu_exit *x)
{
    const uint64_t dr[4] = {x86_read_dr0(), x86_read_dr1(), x86_read_dr2(), x86_read_dr3()};
    uint64_t dr7 = x86_vmread(VMCS_GUEST_DR7), hits = 0;

    if (!(x86_vmread(VMCS_GUEST_CR4) & CR4_DE))
        return 0;
    for (unsigned i = 0; i < 4; i++) {
        unsigned kind = dr7 >> (16 + 4 * i) & 3;
        uint64_t bytes = (dr7 >> (18 + 4 * i) & 3) + 1, first = dr[i] & ~(bytes - 1);
        if (dr7 >> 2 * i & 3 && kind == 2 && x->port < first + bytes && first < (uint64_t)x->port + x->size)
            hits |= 1ull << i;
    }
    return hits ? hits | PENDING_DEBUG_ENABLED : 0;
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
    if (v->dr_live)
        v->io_breakpoint = breakpoint_hits(x);
    if (qualification & QUAL_STRING)
        fill_string(v, x);
    vcpu_leave_vmm(v, EXIT_IO);
}
