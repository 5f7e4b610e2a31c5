/* SPDX-License-Identifier: MIT */
/* What this CPU's VT-x can do and which controls every vCPU uses; as the loader found it. */
#ifndef VMX_CAPS_H
#define VMX_CAPS_H

#include <abi/vmx_caps.h>
#include <sys/base.h>

extern struct vmx_caps vmx_caps;

static inline bool caps_proc2(uint32_t bits)
{
    return (vmx_caps.proc2 & bits) == bits;
}

#endif
