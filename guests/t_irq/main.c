// SPDX-License-Identifier: MIT
// t_irq: interrupt controllers, timers and their delivery.
#include "t_irq.h"

void on_lapic(struct trap_frame *frame)
{
    (void)frame;
    apic_eoi();
}

bool has_x2apic(void)
{
    return cpuid(1).ecx >> 21 & 1;
}

uint64_t us(uint64_t microseconds)
{
    return microseconds * tsc_hz / 1000000;
}

void guest_main(const char *cmdline)
{
    static const struct test_group groups[] = {
        {"timer", test_timer},     {"deadline", test_deadline}, {"ipi", test_ipi},
        {"error", test_error},     {"ioapic", test_ioapic},     {"pic", test_pic},
        {"pit", test_pit},         {"rtc", test_rtc},           {"pmtimer", test_pmtimer},
        {"nmi", test_nmi},         {"halt", test_halt},         {"modes", test_modes}, /* now x2APIC */
        {"x2timer", test_x2timer}, {"x2deadline", test_deadline}, {"x2ipi", test_x2ipi},
        {"x2error", test_x2error}, {"x2nmi", test_x2nmi},       {"x2halt", test_halt},
        {"x2ioapic", test_ioapic}, {"off", test_off},
    };
    time_init();
    apic_enable();
    apic_timer_rate();
    print("tsc %lu Hz, apic timer %lu Hz\n", tsc_hz, apic_hz);
    run_groups("t_irq", groups, sizeof(groups) / sizeof(groups[0]), cmdline);
}
