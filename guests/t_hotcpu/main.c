// SPDX-License-Identifier: MIT
// t_hotcpu: started with one CPU of two: it is given the other one, asked for it, and gives it back, again and again.
#include <guest/acpi.h>
#include <guest/apic.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/smp.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/time.h>

/* abi/guest.h; the tables say the same. */
#define CPUS_THERE 0x610
#define CPUS_CAME  0x614
#define CPUS_BACK  0x618
#define CPUS_GIVE  0x61c
#define GPE_STATUS 0x60c
#define GPE_CPUS   0x02
#define SECOND     2u /* CPU 1, as a bit */
#define WAIT_MS    60000

static volatile uint64_t heartbeat;

static void beat(void)
{
    for (;;)
        heartbeat++;
}

static bool beats(void)
{
    uint64_t then = heartbeat;
    time_spin_us(2000);
    return heartbeat != then;
}

static unsigned enabled_in_madt(void)
{
    const struct acpi_header *madt = acpi_table("APIC");
    const uint8_t *at = (const uint8_t *)madt + 44, *end = (const uint8_t *)madt + madt->length;
    unsigned enabled = 0, all = 0;
    for (; at < end && at[1] != 0; at += at[1])
        if (at[0] == 0) {
            all++;
            enabled += at[4] & 1;
        }
    return enabled << 8 | all;
}

static void is_away(void)
{
    check_eq(inl(CPUS_THERE), 1, "CPU 0 is alone");
    uint64_t starts = smp_starts[1];
    smp_init_ipi(1);
    apic_icr(1ull << 32 | 0x600 | APIC_ICR_ASSERT | SMP_PAGE >> 12);
    time_spin_us(5000);
    check_eq(smp_starts[1], starts, "what is not there does not start");
}

static void test_tables(void)
{
    check_eq(enabled_in_madt(), 0x102, "MADT: two CPUs, one of them enabled");
    const struct acpi_header *fadt = acpi_table("FACP");
    check_eq(acpi_u32(fadt, 80), GPE_STATUS, "FADT: GPE0 block");
    check_eq(((const uint8_t *)fadt)[92], 2, "of two bytes");
    is_away();
    outl(CPUS_GIVE, 1);
    outl(CPUS_GIVE, ~0u);
    outl(CPUS_THERE, ~0u);
    check_eq(inl(CPUS_THERE), 1, "CPU 0 cannot be given away, nor a CPU be taken");
}

static bool wait_for(uint16_t port)
{
    for (unsigned ms = 0; ms < WAIT_MS; ms++) {
        if (inl(port) == SECOND)
            return true;
        time_spin_us(1000);
    }
    return false;
}

static void acknowledge(uint16_t port)
{
    check_eq(inb(GPE_STATUS), GPE_CPUS, "the event tells of it");
    outb(GPE_STATUS, GPE_CPUS);
    check_eq(inb(GPE_STATUS), 0, "and is cleared");
    outl(port, SECOND);
    check_eq(inl(port), 0, "word at 0x%x is cleared", port);
}

static void take(void)
{
    print("waiting for a CPU\n");
    check(wait_for(CPUS_CAME), "a CPU comes");
    check_eq(inl(CPUS_THERE), 3, "and is there");
    acknowledge(CPUS_CAME);
    check(smp_start(1), "it starts");
    smp_run(1, beat);
    check(time_wait(&heartbeat, heartbeat + 1000, 2000), "it works");
}

static void give(void)
{
    print("waiting to be asked\n");
    check(wait_for(CPUS_BACK), "it is wanted back");
    acknowledge(CPUS_BACK);
    check(beats(), "nobody takes it away by force");
    outl(CPUS_GIVE, SECOND);
    time_spin_us(20000);
    check(!beats(), "what was given back stops");
    is_away();
}

static void test_comes_and_goes(void)
{
    for (unsigned i = 0; i < 2; i++) {
        take();
        give();
    }
}

void guest_main(const char *cmdline)
{
    static const struct test_group groups[] = {{"tables", test_tables}, {"comes", test_comes_and_goes}};
    time_init();
    apic_enable();
    run_groups("t_hotcpu", groups, sizeof(groups) / sizeof(groups[0]), cmdline);
}
