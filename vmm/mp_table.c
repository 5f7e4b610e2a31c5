/* SPDX-License-Identifier: MIT */
/* MP table (MultiProcessor Specification 1.4, chapter 4) for systems that read no ACPI. */
#include <hw/apic.h>
#include "acpi_tables.h"
#include "blob.h"
#include "dev_ioapic.h"
#include "dev_pm.h"

#define TABLE_BYTES 0x800u
#define ISA_BUS     0u

enum { ENTRY_CPU, ENTRY_BUS, ENTRY_IOAPIC, ENTRY_INTERRUPT, ENTRY_LOCAL };
enum { TYPE_INT, TYPE_NMI, TYPE_SMI, TYPE_EXTINT };

static void put_cpu(struct blob *blob, unsigned id)
{
    blob_put(blob, ENTRY_CPU, 1);
    blob_put(blob, id, 1);
    blob_put(blob, 0x14, 1);
    blob_put(blob, id == 0 ? 3 : 1, 1); /* usable, boot CPU */
    blob_put(blob, 0x600, 4);           /* signature: family 6; CPUID tells the rest */
    blob_put(blob, 0x201, 4);           /* FPU, APIC */
    blob_put(blob, 0, 8);
}

static void put_interrupt(struct blob *blob, uint8_t entry, uint8_t type, uint16_t flags, uint8_t irq,
                          uint8_t dest, uint8_t pin)
{
    blob_put(blob, entry, 1);
    blob_put(blob, type, 1);
    blob_put(blob, flags, 2);
    blob_put(blob, ISA_BUS, 1);
    blob_put(blob, irq, 1);
    blob_put(blob, dest, 1);
    blob_put(blob, pin, 1);
}

static unsigned put_interrupts(struct blob *blob)
{
    unsigned count = 0;

    for (uint8_t irq = 0; irq < 16; irq++) {
        if (irq == 2)
            continue;
        put_interrupt(blob, ENTRY_INTERRUPT, TYPE_INT, irq == PM_SCI ? 0x0d : 0, irq, IOAPIC_ID,
                      irq == 0 ? 2 : irq);
        count++;
    }
    put_interrupt(blob, ENTRY_LOCAL, TYPE_EXTINT, 0, 0, 0xff, 0);
    put_interrupt(blob, ENTRY_LOCAL, TYPE_NMI, 0, 0, 0xff, 1);
    return count + 2;
}

static void put_floating_pointer(struct blob *blob)
{
    blob_text(blob, "_MP_", 4);
    blob_put(blob, MP_TABLE_GPA + 16, 4);
    blob_put(blob, 1, 1); /* 16 bytes */
    blob_put(blob, 4, 1); /* version 1.4 */
    blob_put(blob, 0, 6); /* checksum, features: no IMCR */
    blob_checksum(blob, 0, 16, 10);
}

void mp_table_write(const struct mem *mem, unsigned cpus, uint32_t there)
{
    struct blob blob = { mem_ptr(mem, MP_TABLE_GPA, TABLE_BYTES), TABLE_BYTES, 0 };
    unsigned entries = 2;

    if (blob.bytes == NULL)
        return;
    put_floating_pointer(&blob);
    blob_text(&blob, "PCMP", 4);
    blob_put(&blob, 0, 2); /* length */
    blob_put(&blob, 4, 1);
    blob_put(&blob, 0, 1); /* checksum */
    blob_text(&blob, "BULKHEADVIRTUAL PC  ", 20);
    blob_put(&blob, 0, 6); /* OEM table */
    blob_put(&blob, 0, 2); /* entry count */
    blob_put(&blob, APIC_DEFAULT_BASE, 4);
    blob_put(&blob, 0, 4); /* no extended table */
    for (unsigned i = 0; i < cpus; i++)
        if (there >> i & 1) {
            put_cpu(&blob, i);
            entries++;
        }
    blob_put(&blob, ENTRY_BUS, 1);
    blob_put(&blob, ISA_BUS, 1);
    blob_text(&blob, "ISA   ", 6);
    blob_put(&blob, ENTRY_IOAPIC, 1);
    blob_put(&blob, IOAPIC_ID, 1);
    blob_put(&blob, 0x20, 1);
    blob_put(&blob, 1, 1);
    blob_put(&blob, IOAPIC_BASE, 4);
    entries += put_interrupts(&blob);
    blob_set(&blob, 16 + 4, blob.used - 16, 2);
    blob_set(&blob, 16 + 34, entries, 2);
    blob_checksum(&blob, 16, blob.used, 16 + 7);
}
