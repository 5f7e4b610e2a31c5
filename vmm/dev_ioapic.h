/* SPDX-License-Identifier: MIT */
/* I/O APIC with 24 inputs (Intel 82093AA data sheet; version 0x20 with the EOI register). */
#ifndef VMM_DEV_IOAPIC_H
#define VMM_DEV_IOAPIC_H

#include <stdbool.h>
#include <stdint.h>
#include "bus.h"

#define IOAPIC_BASE 0xfec00000ull
#define IOAPIC_PINS 24u
#define IOAPIC_ID   0u /* I/O APICs and CPUs have id spaces of their own since the xAPIC */

/* What an interrupt message carries; the modes are numbered as in the redirection table. */
enum apic_mode { APIC_FIXED, APIC_LOWEST, APIC_SMI, APIC_NMI = 4, APIC_INIT = 5, APIC_EXTINT = 7 };
struct apic_message {
    uint8_t dest;
    bool logical;
    uint8_t mode; /* enum apic_mode */
    uint8_t vector;
    bool level;
};

struct ioapic {
    uint64_t entry[IOAPIC_PINS];
    uint32_t lines; /* levels at the inputs, before polarity */
    uint8_t select, id;
    /* false: nobody accepted it (no CPU matches) */
    bool (*deliver)(void *ctx, const struct apic_message *message);
    void *ctx;
};

void ioapic_reset(struct ioapic *ioapic);
void ioapic_set_line(struct ioapic *ioapic, unsigned pin, bool level);

/* A CPU ended the level-triggered interrupt `vector`. */
void ioapic_eoi(struct ioapic *ioapic, uint8_t vector);

void ioapic_attach(struct ioapic *ioapic, struct bus *mmio);

#endif
