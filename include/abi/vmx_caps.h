/* SPDX-License-Identifier: MIT */
/* boot -> kernel: what the CPU's VT-x can do and which controls every vCPU uses. */
#ifndef ABI_VMX_CAPS_H
#define ABI_VMX_CAPS_H

#include <stdint.h>

struct vmx_caps {
    uint32_t pin, proc, proc2, exit, entry; /* control words as negotiated */
    uint32_t revision;
    uint64_t basic;    /* IA32_VMX_BASIC */
    uint64_t ept_vpid; /* IA32_VMX_EPT_VPID_CAP */
    uint64_t cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
    uint64_t xcr0;     /* XCR0 bits that the CPU has; 0 without XSAVE */
    uint64_t efer;     /* EFER bits that a guest may set */
    uint64_t reserved_address; /* physical-address bits beyond MAXPHYADDR */
    uint64_t string_info;      /* 1: exits by INS and OUTS tell the instruction's form */
};

#endif
