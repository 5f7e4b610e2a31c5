// SPDX-License-Identifier: MIT
// IOAPICs (82093AA data sheet): routes GSIs to vectors of CPUs.
#include "irq.h"
#include "memory.h"

static struct {
    volatile uint32_t *regs;
    uint32_t gsi_base, pins;
} ioapic[BOOT_MAX_IOAPICS];
static unsigned count;
static uint32_t level_low[GSI_COUNT]; // bits 13 and 15 of the redirection entry, by GSI

#define REDIRECTION(pin) (0x10 + 2 * (pin))
#define ENTRY_MASKED     0x10000u
#define ENTRY_LEVEL      0x8000u
#define ENTRY_LOW        0x2000u

static uint32_t ioapic_read(unsigned i, uint32_t reg)
{
    ioapic[i].regs[0] = reg;
    return ioapic[i].regs[4];
}

static void ioapic_write(unsigned i, uint32_t reg, uint32_t value)
{
    ioapic[i].regs[0] = reg;
    ioapic[i].regs[4] = value;
}

void ioapic_init(const struct boot_info *boot)
{
    for (unsigned i = 0; i < 16; i++) {
        uint32_t gsi = boot->isa_irq[i].gsi;
        uint32_t flags = boot->isa_irq[i].flags; // MADT: 3 = active low, 0xc = level
        if (gsi < GSI_COUNT)
            level_low[gsi] = ((flags & 3) == 3 ? ENTRY_LOW : 0) | ((flags & 0xc) == 0xc ? ENTRY_LEVEL : 0);
    }
    for (unsigned i = 16; i < GSI_COUNT; i++)
        level_low[i] = ENTRY_LOW | ENTRY_LEVEL; // PCI
    for (unsigned i = 0; i < boot->ioapic_count && i < BOOT_MAX_IOAPICS; i++) {
        ioapic[i].regs = ptab_map_device(boot->ioapic[i].base, PAGE_BYTES, PTE_PCD | PTE_PWT);
        ioapic[i].gsi_base = boot->ioapic[i].gsi_base;
        ioapic[i].pins = (ioapic_read(i, 1) >> 16 & 0xff) + 1;
        for (uint32_t pin = 0; pin < ioapic[i].pins; pin++)
            ioapic_write(i, REDIRECTION(pin), ENTRY_MASKED);
        count = i + 1;
    }
}

enum status ioapic_route(uint32_t gsi, uint32_t vector, uint32_t apic_id, bool masked)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t pin = gsi - ioapic[i].gsi_base;
        if (gsi < ioapic[i].gsi_base || pin >= ioapic[i].pins)
            continue;
        ioapic_write(i, REDIRECTION(pin) + 1, apic_id << 24);
        ioapic_write(i, REDIRECTION(pin), vector | level_low[gsi % GSI_COUNT] | (masked ? ENTRY_MASKED : 0));
        return OK;
    }
    return ERR_NOT_FOUND;
}
