/* SPDX-License-Identifier: MIT */
/* The MSRs that the kernel leaves to the VMM: slow, model-specific state without effect on entry. */
#ifndef VMM_MSR_H
#define VMM_MSR_H

#include <stdbool.h>
#include <stdint.h>

#define MSR_MTRR_VARIABLE 8

struct msr_file {
    unsigned phys_bits; /* as CPUID 0x80000008 tells the guest */
    uint64_t mtrr_base[MSR_MTRR_VARIABLE], mtrr_mask[MSR_MTRR_VARIABLE];
    uint64_t mtrr_fixed[11];
    uint64_t mtrr_default;
    uint64_t misc_enable, mcg_status;
};

/* As a PC's firmware leaves them: RAM write-back, the hole below 4 GiB and VGA memory uncached. */
void msr_reset(struct msr_file *msrs, unsigned phys_bits);

/* False: the MSR does not exist, or the value is not allowed: #GP(0). */
bool msr_read(const struct msr_file *msrs, uint32_t index, uint64_t *value);
bool msr_write(struct msr_file *msrs, uint32_t index, uint64_t value);

#endif
