// SPDX-License-Identifier: MIT
// x_budget: sleeps, wakes, interrupts itself and calls its VMM at awkward times, and counts the time
// that it had a CPU by looking at the TSC often: that must stay below what it is allowed.
// Command line: percent=N, ticks=N (the length of each pattern).
#include <guest/apic.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/trap.h>

#define VECTOR  0x50
#define GAP     4000u // ticks: who looks at the clock later was away, asleep or in its VMM
#define CRUMB   20000u

static uint64_t mine, last;
static uint32_t seed = 1;

static void look(void)
{
    uint64_t now = rdtsc();

    mine += now - last < GAP ? now - last : 0;
    last = now;
}

static void on_interrupt(struct trap_frame *f)
{
    (void)f;
    look();
    apic_eoi();
}

static uint64_t any(uint64_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

static void compute(uint64_t ticks)
{
    for (uint64_t end = rdtsc() + ticks; rdtsc() < end;)
        look();
}

static void sleep(uint64_t ticks)
{
    wrmsr(MSR_TSC_DEADLINE, rdtsc() + ticks);
    sti_hlt_cli();
    look();
}

static void crumbs(void)
{
    compute(CRUMB);
    sleep(CRUMB / 4);
}

static void bursts(void)
{
    compute(any(50 * CRUMB));
    sleep(any(10 * CRUMB) + 1000);
}

static void timers(void)
{
    wrmsr(MSR_TSC_DEADLINE, rdtsc() + any(CRUMB) + 100);
    sti();
    compute(CRUMB);
    cli();
}

static void messages(void)
{
    sti();
    for (unsigned i = 0; i < 100; i++) {
        apic_write(APIC_SELF_IPI, VECTOR);
        look();
    }
    cli();
}

static void vmm_calls(void)
{
    for (unsigned i = 0; i < 100; i++) {
        outb(0x80, (uint8_t)i);
        look();
    }
}

static void all(void)
{
    static void (*const some[])(void) = {crumbs, bursts, timers, messages, vmm_calls};

    some[any(5)]();
}

void guest_main(const char *cmdline)
{
    static const struct test_group patterns[] = {{"crumbs", crumbs},     {"bursts", bursts},       {"timers", timers},
                                                 {"messages", messages}, {"vmm_calls", vmm_calls}, {"all", all}};
    uint64_t percent = text_value(cmdline, "percent", 10), ticks = text_value(cmdline, "ticks", 200000000);

    report_name("x_budget");
    apic_mode(APIC_BASE_ON | APIC_BASE_X2);
    apic_enable();
    trap_set(VECTOR, on_interrupt);
    apic_write(APIC_LVT_TIMER, APIC_DEADLINE | VECTOR);
    for (unsigned i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        uint64_t start = rdtsc();
        mine = 0;
        for (last = start; rdtsc() - start < ticks;)
            patterns[i].run();
        uint64_t per_mille = mine * 1000 / (rdtsc() - start);
        print("x_budget: %s: %lu per mille\n", patterns[i].name, per_mille);
        check_range(per_mille, 5, percent * 10 + 10, "per mille of its CPU: %s", patterns[i].name);
    }
    report_end();
}
