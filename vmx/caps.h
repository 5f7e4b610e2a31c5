/* SPDX-License-Identifier: MIT */
/* What this CPU's VT-x can do and which controls every vCPU uses; written once by vmx_probe. */
#ifndef VMX_CAPS_H
#define VMX_CAPS_H

#include <sys/base.h>

struct vmx_caps {
    uint32_t pin, proc, proc2, exit, entry; /* control words as negotiated */
    uint32_t revision;
    uint64_t basic;    /* IA32_VMX_BASIC */
    uint64_t ept_vpid; /* IA32_VMX_EPT_VPID_CAP */
    uint64_t cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
    uint64_t xcr0;     /* XCR0 bits that the CPU has; 0 without XSAVE */
    uint64_t efer;     /* EFER bits that a guest may set */
    uint64_t reserved_address; /* physical-address bits beyond MAXPHYADDR */
    bool string_info;
};

extern struct vmx_caps vmx_caps;

static inline bool caps_proc2(uint32_t bits)
{
    return (vmx_caps.proc2 & bits) == bits;
}

#endif
