/* SPDX-License-Identifier: MIT */
/* Finds ACPI tables the way an operating system on a BIOS machine does. ACPI 6.4, 5.2.5. */
#ifndef GUEST_ACPI_H
#define GUEST_ACPI_H

#include <stdint.h>

struct acpi_header {
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem[6], oem_table[8];
    uint32_t oem_revision, creator, creator_revision;
};

const uint8_t *acpi_rsdp(void);                      /* 0: none in 0xe0000..0xfffff */
const struct acpi_header *acpi_table(const char *signature); /* 0: none; its checksum is right */
uint8_t acpi_sum(const void *at, uint32_t bytes);

#define FADT_PM1A_EVENT  56
#define FADT_PM1A_CNT    64
#define FADT_PM_TIMER    76
#define FADT_FLAGS       112

uint32_t acpi_u32(const struct acpi_header *table, unsigned offset);

#endif
