/* SPDX-License-Identifier: MIT */
/*
 * The System Resource Affinity Table (ACPI 5.2.16): which CPUs and which memory are near each other.
 */
#include <lib/acpi_bytes.h>
#include <lib/acpi_tables.h>

#define SRAT_ENTRIES 48u

enum {
    SRAT_LAPIC = 0,
    SRAT_X2APIC = 2,
};

#define ENABLED 1u

/* Domains are any 32-bit numbers; ours count from 0, in the order in which the table names them. */
static uint32_t node_of(struct acpi_srat *out, uint32_t domain)
{
    uint32_t node = 0;

    while (node < out->node_count && out->domain[node] != domain)
        node++;
    if (node == ACPI_MAX_NODES)
        return 0; /* too many: near to the first is as good as any */
    if (node == out->node_count)
        out->domain[out->node_count++] = domain;
    return node;
}

static void add_cpu(struct acpi_srat *out, uint32_t id, uint32_t domain, uint32_t flags)
{
    if (!(flags & ENABLED) || out->cpu_count == ACPI_MAX_CPUS)
        return;
    out->cpu[out->cpu_count++] = (struct acpi_near){ id, node_of(out, domain) };
}

static void read_entry(const uint8_t *p, uint32_t bytes, struct acpi_srat *out)
{
    if (p[0] == SRAT_LAPIC && bytes >= 16)
        add_cpu(out, p[3], p[2] | (uint32_t)p[9] << 8 | (uint32_t)p[10] << 16 | (uint32_t)p[11] << 24,
                acpi_u32(p + 4));
    else if (p[0] == SRAT_X2APIC && bytes >= 24)
        add_cpu(out, acpi_u32(p + 8), acpi_u32(p + 4), acpi_u32(p + 12));
}

void acpi_srat_read(const void *srat, struct acpi_srat *out)
{
    const uint8_t *p = srat;
    uint32_t size = acpi_table_bytes(srat);

    out->cpu_count = out->node_count = 0;
    for (uint32_t at = SRAT_ENTRIES; at < size && size - at >= 2;) {
        uint32_t bytes = p[at + 1];
        if (bytes < 2 || bytes > size - at)
            return;
        read_entry(p + at, bytes, out);
        at += bytes;
    }
}

uint32_t acpi_srat_node(const struct acpi_srat *srat, uint32_t apic_id)
{
    for (uint32_t i = 0; i < srat->cpu_count; i++)
        if (srat->cpu[i].apic_id == apic_id)
            return srat->cpu[i].node;
    return 0;
}
