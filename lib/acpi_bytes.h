/* SPDX-License-Identifier: MIT */
/*
 * Little-endian fields at any alignment, as ACPI tables have them.
 */
#ifndef LIB_ACPI_BYTES_H
#define LIB_ACPI_BYTES_H

#include <stdint.h>

static inline uint16_t acpi_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t acpi_u32(const uint8_t *p)
{
    return acpi_u16(p) | (uint32_t)acpi_u16(p + 2) << 16;
}

static inline uint64_t acpi_u64(const uint8_t *p)
{
    return acpi_u32(p) | (uint64_t)acpi_u32(p + 4) << 32;
}

#endif
