// SPDX-License-Identifier: MIT
// t_smp: several CPUs: start, interrupts between them, TLB shoot-down, time, INIT. In xAPIC mode, then in x2APIC mode.
#include "t_smp.h"

static void to_x2apic(void)
{
    apic_mode(APIC_BASE_ON | APIC_BASE_X2);
    apic_enable();
}

static void test_x2apic(void)
{
    smp_all(to_x2apic);
    to_x2apic();
    check(apic_is_x2(), "x2APIC on all");
}

void guest_main(const char *cmdline)
{
    static const struct test_group groups[] = {
        {"start", test_start},         {"vectors", test_vectors},   {"groups", test_groups},
        {"lowest", test_lowest},       {"nmi", test_nmi},           {"halted", test_halted},
        {"shootdown", test_shootdown}, {"tsc", test_tsc},           {"init", test_init},
        {"x2apic", test_x2apic},       {"x2vectors", test_vectors}, {"x2groups", test_groups},
        {"x2lowest", test_lowest},     {"x2nmi", test_nmi},         {"x2halted", test_halted},
        {"x2shootdown", test_shootdown}, {"x2init", test_init},
    };
    time_init();
    apic_enable();
    run_groups("t_smp", groups, sizeof(groups) / sizeof(groups[0]), cmdline);
}
