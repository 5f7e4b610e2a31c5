/* SPDX-License-Identifier: MIT */
/* MTRRs (SDM vol. 3, 11.11) and the few model-specific registers that systems read at start. */
#include <string.h>
#include <hw/msr.h>
#include "mem.h"
#include "msr.h"

#define MTRR_UC 0u
#define MTRR_WB 6u
#define MTRR_FIXED_ALL_WB 0x0606060606060606ull
#define MTRR_MASK_VALID   (1ull << 11)
#define MTRR_DEF_ENABLE   (1ull << 11)
#define MTRR_DEF_FIXED    (1ull << 10)
#define MTRR_CAP_VALUE    (MSR_MTRR_VARIABLE | 1u << 8 | 1u << 10) /* fixed ranges, write-combining */

#define MISC_FAST_STRINGS (1ull << 0)
#define MISC_NO_BTS       (1ull << 11)
#define MISC_NO_PEBS      (1ull << 12)
#define MISC_WRITABLE     MISC_FAST_STRINGS

#define MCG_STATUS_BITS 7ull /* RIPV, EIPV, MCIP (SDM vol. 3, 15.3.1.2) */

/* Microcode revision as software sees it in a VM: high half, never an update to offer. */
#define BIOS_SIGN_VALUE (1ull << 32)

void msr_reset(struct msr_file *msrs, unsigned phys_bits)
{
    uint64_t space = (1ull << phys_bits) - 1;

    memset(msrs, 0, sizeof(*msrs));
    msrs->phys_bits = phys_bits;
    for (unsigned i = 0; i < 11; i++)
        msrs->mtrr_fixed[i] = MTRR_FIXED_ALL_WB;
    msrs->mtrr_fixed[2] = 0; /* 0xa0000 .. 0xbffff */
    msrs->mtrr_default = MTRR_DEF_ENABLE | MTRR_DEF_FIXED | MTRR_WB;
    msrs->mtrr_base[0] = MEM_HOLE_BASE | MTRR_UC;
    msrs->mtrr_mask[0] = (space & ~(MEM_HIGH_BASE - MEM_HOLE_BASE - 1)) | MTRR_MASK_VALID;
    msrs->misc_enable = MISC_FAST_STRINGS | MISC_NO_BTS | MISC_NO_PEBS;
}

/* Index in mtrr_fixed, or -1. */
static int fixed_index(uint32_t index)
{
    if (index == MSR_MTRR_FIX_64K)
        return 0;
    if (index == MSR_MTRR_FIX_16K || index == MSR_MTRR_FIX_16K + 1)
        return (int)(index - MSR_MTRR_FIX_16K) + 1;
    if (index >= MSR_MTRR_FIX_4K && index < MSR_MTRR_FIX_4K + 8)
        return (int)(index - MSR_MTRR_FIX_4K) + 3;
    return -1;
}

static bool is_variable(uint32_t index)
{
    return index >= MSR_MTRR_PHYS_BASE0 && index < MSR_MTRR_PHYS_BASE0 + 2 * MSR_MTRR_VARIABLE;
}

bool msr_read(const struct msr_file *msrs, uint32_t index, uint64_t *value)
{
    unsigned pair = (index - MSR_MTRR_PHYS_BASE0) / 2;

    *value = 0;
    if (is_variable(index)) {
        *value = index & 1 ? msrs->mtrr_mask[pair] : msrs->mtrr_base[pair];
        return true;
    }
    if (fixed_index(index) >= 0) {
        *value = msrs->mtrr_fixed[fixed_index(index)];
        return true;
    }
    switch (index) {
    case MSR_MTRR_CAP: *value = MTRR_CAP_VALUE; return true;
    case MSR_MTRR_DEF_TYPE: *value = msrs->mtrr_default; return true;
    case MSR_MISC_ENABLE: *value = msrs->misc_enable; return true;
    case MSR_BIOS_SIGN_ID: *value = BIOS_SIGN_VALUE; return true;
    case MSR_FEATURE_CONTROL: *value = FEATURE_CONTROL_LOCK; return true;
    case MSR_PLATFORM_ID:
    case MSR_MCG_CAP: return true; /* no machine-check bank */
    case MSR_MCG_STATUS: *value = msrs->mcg_status; return true;
    default: return false;
    }
}

static bool type_ok(uint64_t type)
{
    return type == 0 || type == 1 || (type >= 4 && type <= 6);
}

static bool write_fixed(uint64_t *slot, uint64_t value)
{
    for (unsigned shift = 0; shift < 64; shift += 8)
        if (!type_ok(value >> shift & 0xff))
            return false;
    *slot = value;
    return true;
}

static bool write_variable(struct msr_file *msrs, uint32_t index, uint64_t value)
{
    unsigned pair = (index - MSR_MTRR_PHYS_BASE0) / 2;
    uint64_t address = ((1ull << msrs->phys_bits) - 1) & ~0xfffull;

    if (index & 1) {
        if (value & ~(address | MTRR_MASK_VALID))
            return false;
        msrs->mtrr_mask[pair] = value;
        return true;
    }
    if ((value & ~(address | 0xff)) || !type_ok(value & 0xff))
        return false;
    msrs->mtrr_base[pair] = value;
    return true;
}

static bool write_default(struct msr_file *msrs, uint64_t value)
{
    if ((value & ~(MTRR_DEF_ENABLE | MTRR_DEF_FIXED | 0xffull)) || !type_ok(value & 0xff))
        return false;
    msrs->mtrr_default = value;
    return true;
}

bool msr_write(struct msr_file *msrs, uint32_t index, uint64_t value)
{
    if (is_variable(index))
        return write_variable(msrs, index, value);
    if (fixed_index(index) >= 0)
        return write_fixed(&msrs->mtrr_fixed[fixed_index(index)], value);
    switch (index) {
    case MSR_MTRR_DEF_TYPE: return write_default(msrs, value);
    case MSR_BIOS_SIGN_ID: return true; /* software writes 0 before it asks for the revision */
    case MSR_MCG_STATUS:
        if (value & ~MCG_STATUS_BITS)
            return false;
        msrs->mcg_status = value;
        return true;
    case MSR_MISC_ENABLE:
        if ((value ^ msrs->misc_enable) & ~MISC_WRITABLE)
            return false;
        msrs->misc_enable = value;
        return true;
    default: return false; /* read-only or absent */
    }
}
