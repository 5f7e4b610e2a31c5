// SPDX-License-Identifier: MIT
// x_msr: reads and writes every MSR of the architectural ranges with unlikely values.
#include <guest/apic.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/trap.h>

static uint64_t readable, writable;

/* Written, these would only end the attacker itself. */
static bool spare(uint32_t msr)
{
    return msr == MSR_APIC_BASE || msr == MSR_EFER || (apic_is_x2() && (msr == 0x830 || msr == 0x83f));
}

static void one(uint32_t msr)
{
    static const uint64_t values[] = {0, ~0ull, 1, 0x5a5a5a5a5a5a5a5a, BIT(63), 0xffffffff};
    uint64_t old;
    bool reads = try_rdmsr(msr, &old) == VEC_NONE;
    readable += reads;
    if (spare(msr))
        return;
    bool writes = false;
    for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        writes |= try_wrmsr(msr, values[i]) == VEC_NONE;
    writable += writes;
    if (reads)
        try_wrmsr(msr, old);
}

static void sweep(uint32_t from, uint32_t to)
{
    readable = writable = 0;
    for (uint32_t msr = from; msr <= to; msr++)
        one(msr);
    print("MSRs 0x%x..0x%x: %lu readable, %lu writable\n", from, to, readable, writable);
}

static void all(void)
{
    sweep(0, 0x1fff);
    sweep(0x40000000, 0x400001ff);
    sweep(0xc0000000, 0xc0001fff);
    sweep(0xc0010000, 0xc00102ff);
    sweep(0x4b564d00, 0x4b564dff);
    for (unsigned bit = 13; bit < 32; bit++)
        one(1u << bit);
}

void guest_main(const char *cmdline)
{
    (void)cmdline;
    report_name("x_msr");
    all();
    if (cpuid(1).ecx >> 21 & 1) {
        apic_mode(APIC_BASE_ON | APIC_BASE_X2);
        all();
    }
    check(true, "alive behind the sweep");
}
