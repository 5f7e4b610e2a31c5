// sources: lib/acpi_srat.c lib/acpi_tables.c lib/acpi_madt.c lib/acpi_fadt.c
/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the body of any table: the readers stay inside of it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <lib/acpi_tables.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct acpi_madt madt;
    static struct acpi_srat srat;
    struct acpi_fadt fadt;
    uint8_t a, b;
    uint32_t bytes = (uint32_t)size;

    if (size < ACPI_HEADER_BYTES || size > 1 << 20)
        return 0;
    uint8_t *table = malloc(size); /* the exact size, so that the sanitizer sees overreads */
    memcpy(table, data, size);
    memcpy(table + 4, &bytes, 4);
    acpi_table_good(table, size);
    acpi_madt_read(table, &madt);
    if (madt.cpu_count > ACPI_MAX_CPUS || madt.ioapic_count > ACPI_MAX_IOAPICS)
        abort();
    acpi_srat_read(table, &srat);
    if (srat.cpu_count > ACPI_MAX_CPUS || srat.node_count > ACPI_MAX_NODES ||
        acpi_srat_node(&srat, data[size - 1]) >= ACPI_MAX_NODES)
        abort();
    acpi_fadt_read(table, &fadt);
    acpi_s5_find(table, &a, &b);
    for (uint32_t i = 0; i < acpi_root_count(table, 8); i++)
        acpi_root_entry(table, 8, i);
    free(table);
    return 0;
}
