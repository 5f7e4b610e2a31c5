/* SPDX-License-Identifier: MIT */
/*
 * What CPUID tells the guest: the host's answers with everything taken away that the kernel does
 * not virtualise. Lists of what is allowed, so that bits of future CPUs stay hidden.
 */
#ifndef VMM_CPUID_H
#define VMM_CPUID_H

#include <stdint.h>
#include <abi/vcpu_page.h>

struct cpuid_source {
    struct cpuid_regs (*read)(void *ctx, uint32_t leaf, uint32_t subleaf); /* the host's CPUID */
    void *ctx;
    uint64_t tsc_hz; /* true frequency of the guest's TSC and of its local APIC timer's input */
    unsigned cpus;   /* vCPUs: cores of one package */
};

/* Fill the page for a VM. */
void cpuid_build(struct cpuid_page *page, const struct cpuid_source *source);

/* Physical address bits that the page tells. */
unsigned cpuid_phys_bits(const struct cpuid_page *page);

#endif
