// SPDX-License-Identifier: MIT
// t_smp: several CPUs: start, interrupts between them, TLB shoot-down, time, INIT. In xAPIC mode, then in x2APIC mode.
#include "t_smp.h"

static void to_x2apic(void)
{
    apic_mode(APIC_BASE_ON | APIC_BASE_X2);
    apic_enable();
}

static volatile uint32_t page_seen;

static void look_at_page(void)
{
    mmio_write(APIC_BASE_ADDRESS + APIC_TPR, 0xf0);
    page_seen = mmio_read(APIC_BASE_ADDRESS + APIC_VERSION);
    mmio_write(APIC_BASE_ADDRESS + APIC_TPR, 0);
}

static void off_and_on(void)
{
    apic_mode(0);
    look_at_page();
    apic_mode(APIC_BASE_ON);
    apic_enable();
}

/* Each CPU has its own mode: what is a hole for one is the other's local APIC. */
static void test_mixed(void)
{
    smp_run(1, to_x2apic);
    check(smp_join(1), "CPU 1 to x2APIC");
    smp_run(1, look_at_page);
    check(smp_join(1), "CPU 1 looks at the xAPIC page");
    check_eq(page_seen, ~0u, "which is a hole for it");
    check_eq(mmio_read(APIC_BASE_ADDRESS + APIC_VERSION) & 0xff, 0x14, "but not for CPU 0");
    check_eq(apic_read(APIC_TPR), 0, "whose TPR nobody touched");
    test_vectors();
    smp_run(1, off_and_on);
    check(smp_join(1), "CPU 1 back to xAPIC");
    check_eq(page_seen, ~0u, "a hole while its APIC is off");
    smp_run(1, look_at_page);
    check(smp_join(1), "CPU 1 looks again");
    check_eq(page_seen & 0xff, 0x14, "and sees its APIC");
    test_vectors();
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
        {"mixed", test_mixed},         {"x2apic", test_x2apic},     {"x2vectors", test_vectors},
        {"x2groups", test_groups},     {"x2lowest", test_lowest},   {"x2nmi", test_nmi},
        {"x2halted", test_halted},     {"x2shootdown", test_shootdown}, {"x2init", test_init},
    };
    time_init();
    apic_enable();
    run_groups("t_smp", groups, sizeof(groups) / sizeof(groups[0]), cmdline);
}
