/* SPDX-License-Identifier: MIT */
/*
 * The Multiple APIC Description Table (ACPI 5.2.12): which CPUs and I/O APICs there are, and
 * where the ISA interrupts arrive.
 */
#include <lib/acpi_bytes.h>
#include <lib/acpi_tables.h>

#define MADT_ENTRIES 44u

enum {
    MADT_LAPIC = 0,
    MADT_IOAPIC = 1,
    MADT_OVERRIDE = 2,
    MADT_X2APIC = 9,
};

#define CPU_ENABLED 1u

/* A CPU with an id below 255 may be listed in both forms: it counts once. */
static void add_cpu(struct acpi_madt *out, uint32_t id, uint32_t flags)
{
    if (!(flags & CPU_ENABLED))
        return;
    for (uint32_t i = 0; i < out->cpu_count; i++)
        if (out->cpu[i] == id)
            return;
    if (out->cpu_count == ACPI_MAX_CPUS)
        out->cpus_left_out++;
    else
        out->cpu[out->cpu_count++] = id;
}

static void add_ioapic(struct acpi_madt *out, uint64_t base, uint32_t gsi_base)
{
    if (out->ioapic_count < ACPI_MAX_IOAPICS)
        out->ioapic[out->ioapic_count++] = (struct acpi_ioapic){ base, gsi_base };
}

static void read_entry(const uint8_t *p, uint32_t bytes, struct acpi_madt *out)
{
    if (p[0] == MADT_LAPIC && bytes >= 8 && p[3] != 0xff)
        add_cpu(out, p[3], acpi_u32(p + 4));
    else if (p[0] == MADT_X2APIC && bytes >= 16)
        add_cpu(out, acpi_u32(p + 4), acpi_u32(p + 8));
    else if (p[0] == MADT_IOAPIC && bytes >= 12)
        add_ioapic(out, acpi_u32(p + 4), acpi_u32(p + 8));
    else if (p[0] == MADT_OVERRIDE && bytes >= 10 && p[2] == 0 && p[3] < 16)
        out->isa[p[3]] = (struct acpi_irq){ acpi_u32(p + 4), acpi_u16(p + 8) };
}

void acpi_madt_read(const void *madt, struct acpi_madt *out)
{
    const uint8_t *p = madt;
    uint32_t size = acpi_table_bytes(madt);

    out->cpu_count = out->cpus_left_out = out->ioapic_count = 0;
    for (uint32_t irq = 0; irq < 16; irq++)
        out->isa[irq] = (struct acpi_irq){ irq, 0 };

    for (uint32_t at = MADT_ENTRIES; at < size && size - at >= 2;) {
        uint32_t bytes = p[at + 1];
        if (bytes < 2 || bytes > size - at)
            return;
        read_entry(p + at, bytes, out);
        at += bytes;
    }
}
