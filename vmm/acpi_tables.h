/* SPDX-License-Identifier: MIT */
/* The tables of the virtual PC's firmware: ACPI (RSDP to DSDT) and the MP table of MP 1.4. */
#ifndef VMM_ACPI_TABLES_H
#define VMM_ACPI_TABLES_H

#include <stdint.h>
#include "mem.h"

#define ACPI_TABLES_GPA   0xe0000u /* the RSDP lies here */
#define ACPI_TABLES_BYTES 0x4000u
#define MP_TABLE_GPA      0xf0000u

/*
 * Write the tables for a VM with so many CPUs (APIC ids 0 ..), of which those of the bits in `there` are there now.
 * RAM must reach above 1 MiB.
 */
void acpi_tables_write(const struct mem *mem, unsigned cpus, uint32_t there);
void mp_table_write(const struct mem *mem, unsigned cpus, uint32_t there);

#endif
