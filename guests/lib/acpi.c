// SPDX-License-Identifier: MIT
// Root pointer by scanning, then RSDT or XSDT.
#include <guest/acpi.h>
#include <guest/text.h>

uint8_t acpi_sum(const void *at, uint32_t bytes)
{
    const uint8_t *p = at;
    uint8_t sum = 0;
    while (bytes--)
        sum = (uint8_t)(sum + *p++);
    return sum;
}

const uint8_t *acpi_rsdp(void)
{
    for (uint64_t at = 0xe0000; at < 0x100000; at += 16)
        if (memcmp((const void *)at, "RSD PTR ", 8) == 0 && acpi_sum((const void *)at, 20) == 0)
            return (const uint8_t *)at;
    return 0;
}

uint32_t acpi_u32(const struct acpi_header *table, unsigned offset)
{
    uint32_t v;
    memcpy(&v, (const uint8_t *)table + offset, 4);
    return v;
}

const struct acpi_header *acpi_table(const char *signature)
{
    const uint8_t *rsdp = acpi_rsdp();
    if (!rsdp)
        return 0;
    uint32_t rsdt_at;
    memcpy(&rsdt_at, rsdp + 16, 4);
    const struct acpi_header *rsdt = (const void *)(uint64_t)rsdt_at;
    for (unsigned at = 36; rsdt_at && at + 4 <= rsdt->length; at += 4) {
        const struct acpi_header *t = (const void *)(uint64_t)acpi_u32(rsdt, at);
        if (memcmp(t->signature, signature, 4) == 0 && acpi_sum(t, t->length) == 0)
            return t;
    }
    return 0;
}
