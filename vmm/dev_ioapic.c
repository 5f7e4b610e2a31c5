/* SPDX-License-Identifier: MIT */
/* I/O APIC: redirection table, edge and level inputs, remote IRR. */
#include "dev_ioapic.h"

#define VERSION 0x20u

#define ENTRY_VECTOR  0xffull
#define ENTRY_MODE    8
#define ENTRY_LOGICAL (1ull << 11)
#define ENTRY_PENDING (1ull << 12)
#define ENTRY_LOW     (1ull << 13)
#define ENTRY_RIRR    (1ull << 14)
#define ENTRY_LEVEL   (1ull << 15)
#define ENTRY_MASKED  (1ull << 16)
#define ENTRY_DEST    56
#define ENTRY_WRITABLE 0xff0000000001afffull /* all but delivery status, remote IRR, reserved */

enum { REG_SELECT = 0x00, REG_WINDOW = 0x10, REG_EOI = 0x40 };

void ioapic_reset(struct ioapic *ioapic)
{
    uint32_t lines = ioapic->lines;

    *ioapic = (struct ioapic){ .deliver = ioapic->deliver, .ctx = ioapic->ctx, .lines = lines,
                               .id = IOAPIC_ID };
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
        ioapic->entry[pin] = ENTRY_MASKED;
}

static bool pin_active(const struct ioapic *ioapic, unsigned pin)
{
    /*
     * Our ISA-style devices drive "asserted" as 1 whatever the electrical polarity is; the
     * polarity bit is kept for the guest to read but an asserted wire is active either way, as
     * if the board had inverters where the tables say active low.
     */
    return ioapic->lines >> pin & 1;
}

static void pin_fire(struct ioapic *ioapic, unsigned pin)
{
    uint64_t entry = ioapic->entry[pin];
    uint8_t mode = entry >> ENTRY_MODE & 7;
    bool fixed = mode == APIC_FIXED || mode == APIC_LOWEST;
    struct apic_message message = {
        .dest = (uint8_t)(entry >> ENTRY_DEST),
        .logical = entry & ENTRY_LOGICAL,
        .mode = mode,
        .vector = (uint8_t)(entry & ENTRY_VECTOR),
        .level = fixed && (entry & ENTRY_LEVEL),
    };
    bool accepted = ioapic->deliver(ioapic->ctx, &message);

    if (message.level && accepted)
        ioapic->entry[pin] |= ENTRY_RIRR;
}

/* A level input fires when it is active, unmasked and not yet in service. */
static void level_check(struct ioapic *ioapic, unsigned pin)
{
    uint64_t entry = ioapic->entry[pin];

    if ((entry & ENTRY_LEVEL) && !(entry & (ENTRY_MASKED | ENTRY_RIRR)) && pin_active(ioapic, pin))
        pin_fire(ioapic, pin);
}

void ioapic_set_line(struct ioapic *ioapic, unsigned pin, bool level)
{
    if (pin >= IOAPIC_PINS || (ioapic->lines >> pin & 1) == level)
        return;
    ioapic->lines ^= 1u << pin;
    if (!level)
        return;
    if (ioapic->entry[pin] & ENTRY_LEVEL)
        level_check(ioapic, pin);
    else if (!(ioapic->entry[pin] & ENTRY_MASKED))
        pin_fire(ioapic, pin);
}

void ioapic_eoi(struct ioapic *ioapic, uint8_t vector)
{
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        uint64_t entry = ioapic->entry[pin];

        if ((entry & ENTRY_VECTOR) != vector || !(entry & ENTRY_LEVEL) || !(entry & ENTRY_RIRR))
            continue;
        ioapic->entry[pin] &= ~ENTRY_RIRR;
        level_check(ioapic, pin);
    }
}

static uint32_t register_read(const struct ioapic *ioapic)
{
    unsigned pin = (ioapic->select - 0x10u) / 2;

    switch (ioapic->select) {
    case 0x00: return (uint32_t)ioapic->id << 24;
    case 0x01: return VERSION | (IOAPIC_PINS - 1) << 16;
    case 0x02: return (uint32_t)ioapic->id << 24;
    default: break;
    }
    if (ioapic->select < 0x10 || pin >= IOAPIC_PINS)
        return 0xffffffff;
    return (uint32_t)(ioapic->entry[pin] >> (ioapic->select & 1 ? 32 : 0));
}

static void entry_write(struct ioapic *ioapic, unsigned pin, bool high, uint32_t value)
{
    uint64_t mask = high ? 0xffffffff00000000ull : 0xffffffffull;
    uint64_t next = high ? (uint64_t)value << 32 : value;
    uint64_t entry = ioapic->entry[pin];

    mask &= ENTRY_WRITABLE;
    entry = (entry & ~mask) | (next & mask);
    /* Edge mode has no remote IRR: switching to it is how systems without EOI register clear it. */
    if (!(entry & ENTRY_LEVEL))
        entry &= ~ENTRY_RIRR;
    ioapic->entry[pin] = entry;
    level_check(ioapic, pin);
}

static void register_write(struct ioapic *ioapic, uint32_t value)
{
    unsigned pin = (ioapic->select - 0x10u) / 2;

    if (ioapic->select == 0)
        ioapic->id = value >> 24 & 0x0f;
    else if (ioapic->select >= 0x10 && pin < IOAPIC_PINS)
        entry_write(ioapic, pin, ioapic->select & 1, value);
}

static uint64_t ioapic_read(void *dev, uint64_t offset, unsigned size)
{
    struct ioapic *ioapic = dev;
    unsigned shift = (unsigned)(offset & 3) * 8;

    (void)size;
    switch (offset & ~3ull) {
    case REG_SELECT: return (uint32_t)ioapic->select >> shift;
    case REG_WINDOW: return register_read(ioapic) >> shift;
    default: return 0;
    }
}

/* Registers are written as aligned dwords; narrower writes reach only the low byte of SELECT, EOI. */
static void ioapic_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct ioapic *ioapic = dev;

    switch (offset) {
    case REG_SELECT: ioapic->select = (uint8_t)value; break;
    case REG_WINDOW:
        if (size == 4)
            register_write(ioapic, (uint32_t)value);
        break;
    case REG_EOI: ioapic_eoi(ioapic, (uint8_t)value); break;
    default: break;
    }
}

void ioapic_attach(struct ioapic *ioapic, struct bus *mmio)
{
    bus_add(mmio, &(struct bus_range){ IOAPIC_BASE, 0x1000, 4, ioapic_read, ioapic_write, ioapic });
}
