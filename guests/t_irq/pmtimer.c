// SPDX-License-Identifier: MIT
// ACPI PM timer: found by the FADT, counts at 3.579545 MHz.
#include <guest/acpi.h>
#include "t_irq.h"

void test_pmtimer(void)
{
    const struct acpi_header *fadt = acpi_table("FACP");
    if (!check(fadt != 0, "FADT"))
        return;
    uint16_t port = (uint16_t)acpi_u32(fadt, FADT_PM_TIMER);
    uint32_t mask = acpi_u32(fadt, FADT_FLAGS) & BIT(8) ? 0xffffffff : 0xffffff;
    check(port != 0, "PM timer port 0x%x", port);
    uint32_t a = inl(port), last = a, steps = 0;
    uint64_t start = rdtsc();
    for (unsigned i = 0; i < 500; i++) {
        uint32_t now = inl(port);
        steps += ((now - last) & mask) > mask / 2;
        last = now;
    }
    check_eq(steps, 0, "PM timer never runs back");
    while (rdtsc() - start < us(20000))
        pause();
    uint64_t ticks = (inl(port) - a) & mask;
    check_range(ticks, 3579545 / 50 * 98 / 100, 3579545 / 50 * 103 / 100, "PM timer ticks in 20 ms");
    check_eq(inl(port) >> 24 & ~(uint64_t)(mask >> 24), 0, "bits beyond its width are 0");
    check(acpi_table("APIC") != 0, "MADT");
}
