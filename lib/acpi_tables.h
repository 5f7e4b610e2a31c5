/* SPDX-License-Identifier: MIT */
/*
 * Readers of the few ACPI tables (ACPI specification 6.5, chapter 5.2) that the start of the
 * machine needs. Pure: bytes in, plain structs out; every length is checked.
 */
#ifndef LIB_ACPI_TABLES_H
#define LIB_ACPI_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#define ACPI_HEADER_BYTES 36u
#define ACPI_MAX_CPUS     256
#define ACPI_MAX_IOAPICS  16

/* True when the table's own length fits `room`, covers a header, and its bytes sum to 0. */
bool acpi_table_good(const void *table, uint64_t room);
uint32_t acpi_table_bytes(const void *table);
bool acpi_table_is(const void *table, const char signature[4]);

/* RSDP of revision 0 or 2: address of the XSDT (entry bytes 8) or RSDT (4). False: damaged. */
bool acpi_rsdp_root(const void *rsdp, uint64_t *root, uint32_t *entry_bytes);
/* Number of tables that an RSDT/XSDT lists, and the address of one of them. */
uint32_t acpi_root_count(const void *root, uint32_t entry_bytes);
uint64_t acpi_root_entry(const void *root, uint32_t entry_bytes, uint32_t index);

struct acpi_ioapic {
    uint64_t base;
    uint32_t gsi_base;
};

struct acpi_irq {
    uint32_t gsi;
    uint32_t flags; /* as in the MADT: bits 1:0 polarity, bits 3:2 trigger */
};

/* MADT (chapter 5.2.12): usable CPUs in the table's order, I/O APICs, the 16 ISA interrupts. */
struct acpi_madt {
    uint32_t cpu_count;
    uint32_t cpus_left_out; /* enabled, but no room in cpu[] */
    uint32_t ioapic_count;
    uint32_t cpu[ACPI_MAX_CPUS]; /* local APIC ids, each once */
    struct acpi_ioapic ioapic[ACPI_MAX_IOAPICS];
    struct acpi_irq isa[16];
};
void acpi_madt_read(const void *madt, struct acpi_madt *out);

/* SRAT (chapter 5.2.16): the node of each CPU; nodes count from 0. */
#define ACPI_MAX_NODES 64
struct acpi_near {
    uint32_t apic_id, node;
};
struct acpi_srat {
    uint32_t cpu_count, node_count;
    uint32_t domain[ACPI_MAX_NODES]; /* ACPI's number of each node */
    struct acpi_near cpu[ACPI_MAX_CPUS];
};
void acpi_srat_read(const void *srat, struct acpi_srat *out);
uint32_t acpi_srat_node(const struct acpi_srat *srat, uint32_t apic_id); /* 0 if it is not listed */

/* FADT (chapter 5.2.9). Ports are 0 when absent. */
struct acpi_fadt {
    uint64_t dsdt;
    uint16_t pm1a_cnt, pm1b_cnt;
    uint16_t pm_timer;
    uint16_t pm_timer_bits; /* 24 or 32 */
    uint16_t smi_cmd;
    uint8_t acpi_enable;
    uint8_t reset_value;
    uint8_t reset_space; /* 0 none, 1 I/O port, 2 memory */
    uint64_t reset_address;
};
void acpi_fadt_read(const void *fadt, struct acpi_fadt *out);

/* Looks for the object \_S5 in the byte code of a DSDT or SSDT. False when it is not there. */
bool acpi_s5_find(const void *table, uint8_t *slp_typa, uint8_t *slp_typb);

#endif
