/* SPDX-License-Identifier: MIT */
/*
 * CPUID from the VM's table. The table is the VMM's memory: every index out of it is bounded, and
 * nothing but the guest's registers depends on what it says.
 */
#include <hw/cpuid.h>
#include <hw/msr.h>
#include "exit.h"

#define FIRST_VIRTUAL  0x40000000u
#define FIRST_EXTENDED 0x80000000u

static const struct cpuid_regs zero_regs;

static const struct cpuid_regs *sub_find(const struct cpuid_page *cpuid, uint32_t leaf, uint32_t subleaf)
{
    uint32_t count = __atomic_load_n(&cpuid->sub_count, __ATOMIC_RELAXED);

    if (count > CPUID_SUBLEAF)
        count = CPUID_SUBLEAF;
    for (uint32_t i = 0; i < count; i++)
        if (cpuid->sub[i].leaf == leaf && cpuid->sub[i].subleaf == subleaf)
            return &cpuid->sub[i].regs;
    return NULL;
}

const struct cpuid_regs *cpuid_find(const struct cpuid_page *cpuid, uint32_t leaf, uint32_t subleaf)
{
    if (leaf < CPUID_BASIC) {
        if (leaf > cpuid->max_basic)
            return NULL;
        if (!(cpuid->has_sub >> leaf & 1))
            return &cpuid->basic[leaf];
        const struct cpuid_regs *regs = sub_find(cpuid, leaf, subleaf);
        return regs ? regs : &zero_regs;
    }
    if (leaf - FIRST_EXTENDED < CPUID_EXTENDED)
        return leaf <= cpuid->max_extended ? &cpuid->extended[leaf - FIRST_EXTENDED] : NULL;
    if (leaf - FIRST_VIRTUAL < CPUID_VIRTUAL)
        return leaf <= cpuid->max_virtual ? &cpuid->virtual[leaf - FIRST_VIRTUAL] : NULL;
    return NULL;
}

/* The leaves with bits that follow the vCPU's state. */
static void patch(const struct vmx_vcpu *v, uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r)
{
    switch (leaf) {
    case 1:
        r->ebx = (r->ebx & 0x00ffffffu) | v->id << 24;
        r->ecx &= ~CPUID_1C_OSXSAVE;
        if (x86_vmread(VMCS_GUEST_CR4) & CR4_OSXSAVE)
            r->ecx |= CPUID_1C_OSXSAVE;
        if (!(v->apic_base & APIC_BASE_ENABLE))
            r->edx &= ~CPUID_1D_APIC;
        break;
    case 0xb:
    case 0x1f:
        r->ecx = (r->ecx & ~0xffu) | (subleaf & 0xffu);
        r->edx = v->id;
        break;
    case 0xd:
        /* XCR0 is the guest's at this point, so the CPU itself knows the size. */
        if ((subleaf == 0 && v->xcr0_allowed) || (subleaf == 1 && r->eax & 2))
            r->ebx = x86_cpuid(0xd, subleaf).b;
        break;
    }
}

static void answer(struct vmx_vcpu *v, const struct cpuid_regs *regs)
{
    uint64_t *gpr = v->page->gpr;

    gpr[GPR_RAX] = regs->eax;
    gpr[GPR_RBX] = regs->ebx;
    gpr[GPR_RCX] = regs->ecx;
    gpr[GPR_RDX] = regs->edx;
    exit_advance(v);
}

static __attribute__((noinline)) void cpuid_slow(struct vmx_vcpu *v, uint32_t leaf)
{
    uint32_t subleaf = (uint32_t)v->page->gpr[GPR_RCX];
    const struct cpuid_regs *found = cpuid_find(v->cpuid, leaf, subleaf);

    if (!found) { /* beyond the last leaf: as the highest basic one (SDM vol. 2, CPUID) */
        leaf = v->cpuid->max_basic % CPUID_BASIC;
        found = cpuid_find(v->cpuid, leaf, subleaf);
    }
    struct cpuid_regs regs = found ? *found : zero_regs;
    patch(v, leaf, subleaf, &regs);
    answer(v, &regs);
}

void exit_cpuid(struct vmx_vcpu *v)
{
    const struct cpuid_page *cpuid = v->cpuid;
    uint32_t leaf = (uint32_t)v->page->gpr[GPR_RAX];
    const uint32_t patched = 1u << 1 | 1u << 0xb | 1u << 0xd | 1u << 0x1f;

    if (leaf < CPUID_BASIC && leaf <= cpuid->max_basic && !((cpuid->has_sub | patched) >> leaf & 1))
        answer(v, &cpuid->basic[leaf]);
    else
        cpuid_slow(v, leaf);
}
