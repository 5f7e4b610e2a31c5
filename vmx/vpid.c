/* SPDX-License-Identifier: MIT */
/*
 * VPIDs: every vCPU gets one of its own. When all 65,535 were given out once, numbers repeat, and
 * each arrival on a CPU flushes what an earlier owner of the number may have left there.
 */
#include <hw/ept.h>
#include <hw/x86.h>
#include "caps.h"
#include "vcpu.h"

static uint32_t vpids_given;

uint16_t vpid_alloc(void)
{
    if (!caps_proc2(PROC2_VPID))
        return 0;
    uint32_t n = __atomic_fetch_add(&vpids_given, 1, __ATOMIC_RELAXED);
    if (n >= 0xfffe0000u) /* keep the count from starting over: wrapped stays wrapped */
        __atomic_store_n(&vpids_given, 0x10000u, __ATOMIC_RELAXED);
    return (uint16_t)(1 + n % 0xffffu);
}

void vpid_flush(const struct vmx_vcpu *v)
{
    struct x86_inv d = {v->vpid, 0};

    if (v->vpid)
        (void)x86_invvpid(INVVPID_SINGLE, &d);
}

void vpid_enter_cpu(const struct vmx_vcpu *v, bool moved)
{
    if (moved || __atomic_load_n(&vpids_given, __ATOMIC_RELAXED) > 0xffffu)
        vpid_flush(v);
}
