/* SPDX-License-Identifier: MIT */
/*
 * The common part of all ACPI tables, and the tables of tables (ACPI 5.2.5 to 5.2.8).
 */
#include <lib/acpi_bytes.h>
#include <lib/acpi_tables.h>

static bool sums_to_zero(const uint8_t *bytes, uint64_t count)
{
    uint8_t sum = 0;

    for (uint64_t i = 0; i < count; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return sum == 0;
}

static bool same(const uint8_t *bytes, const char *text, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (bytes[i] != (uint8_t)text[i])
            return false;
    return true;
}

uint32_t acpi_table_bytes(const void *table)
{
    return acpi_u32((const uint8_t *)table + 4);
}

bool acpi_table_is(const void *table, const char signature[4])
{
    return same(table, signature, 4);
}

bool acpi_table_good(const void *table, uint64_t room)
{
    if (room < ACPI_HEADER_BYTES)
        return false;

    uint32_t bytes = acpi_table_bytes(table);
    return bytes >= ACPI_HEADER_BYTES && bytes <= room && sums_to_zero(table, bytes);
}

bool acpi_rsdp_root(const void *rsdp, uint64_t *root, uint32_t *entry_bytes)
{
    const uint8_t *p = rsdp;

    if (!same(p, "RSD PTR ", 8) || !sums_to_zero(p, 20))
        return false;
    if (p[15] >= 2 && acpi_u64(p + 24) != 0 && sums_to_zero(p, 36)) {
        *root = acpi_u64(p + 24);
        *entry_bytes = 8;
    } else {
        *root = acpi_u32(p + 16);
        *entry_bytes = 4;
    }
    return *root != 0;
}

uint32_t acpi_root_count(const void *root, uint32_t entry_bytes)
{
    return (acpi_table_bytes(root) - ACPI_HEADER_BYTES) / entry_bytes;
}

uint64_t acpi_root_entry(const void *root, uint32_t entry_bytes, uint32_t index)
{
    const uint8_t *p = (const uint8_t *)root + ACPI_HEADER_BYTES + index * entry_bytes;

    return entry_bytes == 8 ? acpi_u64(p) : acpi_u32(p);
}
