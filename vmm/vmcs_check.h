/* SPDX-License-Identifier: MIT */
/* After a refused VM entry: the VMCS as the kernel lets the VMM read it (vcpu_field), judged and printed. */
#ifndef VMM_VMCS_CHECK_H
#define VMM_VMCS_CHECK_H

#include <stddef.h>
#include <stdint.h>

struct vmcs {
    int64_t (*field)(uint64_t field, uint64_t *value); /* as the system call */
    const uint64_t *cr_fixed;                          /* start_info.vmx_cr_fixed */
    unsigned phys_bits;
};

/* Adds what controls, host state and the kernel's share of the guest state violate to text, separated by "; ". */
void vmcs_check(const struct vmcs *vmcs, char *text, size_t bytes);

/* What `detail` of EXIT_ENTRY_FAIL says. */
const char *vmcs_reason(uint32_t detail);

/* One line for each field that is not 0. */
void vmcs_print(const struct vmcs *vmcs, void (*put)(void *ctx, uint8_t byte), void *ctx);

#endif
