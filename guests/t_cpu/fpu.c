// SPDX-License-Identifier: MIT
// Vector and x87 state survives every kind of exit: load a pattern, exit, store, compare.
#include <guest/apic.h>
#include <guest/time.h>
#include "t_cpu.h"

#define AREA 4096

static uint8_t want[AREA] __attribute__((aligned(64)));
static uint8_t got[AREA] __attribute__((aligned(64)));
static uint64_t components;

static void xrstor(const void *area)
{
    asm volatile("xrstor64 (%0)" ::"r"(area), "a"((uint32_t)components), "d"((uint32_t)(components >> 32)) : "memory");
}

static void xsave(void *area)
{
    asm volatile("xsave64 (%0)" ::"r"(area), "a"((uint32_t)components), "d"((uint32_t)(components >> 32)) : "memory");
}

static uint32_t noise(void)
{
    static uint32_t x = 2463534242u;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return x;
}

static void fill(unsigned from, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        want[from + i] = (uint8_t)noise();
}

/* A valid image with random contents in every offered component (SDM vol. 1, 13.4). */
static void prepare(void)
{
    memset(want, 0, AREA);
    want[0] = 0x7f;
    want[1] = 0x03; /* FCW */
    want[4] = 0xff; /* all x87 registers in use */
    want[24] = 0x80;
    want[25] = 0x1f; /* MXCSR */
    for (unsigned i = 0; i < 8; i++)
        fill(32 + 16 * i, 10);
    fill(160, 256); /* XMM */
    for (unsigned i = 2; i < 10; i++)
        if ((components >> i & 1) && i != 3 && i != 4 && i != 8)
            fill(cpuid_sub(0xd, i).ebx, i == 9 ? 4 : cpuid_sub(0xd, i).eax);
    memcpy(want + 512, &components, 8);
}

static bool part_same(unsigned from, unsigned bytes)
{
    return memcmp(want + from, got + from, bytes) == 0;
}

static void compare(const char *after)
{
    static const char *const names[] = {"x87", "SSE", "AVX", "BNDREGS", "BNDCSR", "opmask", "ZMM_Hi256",
                                        "Hi16_ZMM", "PT", "PKRU"};
    memset(got, 0, AREA);
    xsave(got);
    bool x87 = true;
    for (unsigned i = 0; i < 8; i++)
        x87 &= part_same(32 + 16 * i, 10);
    check(x87 && part_same(0, 5), "x87 kept: %s", after);
    check(part_same(160, 256) && part_same(24, 4), "SSE kept: %s", after);
    for (unsigned i = 2; i < 10; i++)
        if ((components >> i & 1) && i != 3 && i != 4 && i != 8)
            check(part_same(cpuid_sub(0xd, i).ebx, i == 9 ? 4 : cpuid_sub(0xd, i).eax), "%s kept: %s", names[i], after);
}

static void exit_cpuid(void) { cpuid(0); }
static void exit_port(void) { outb(0x80, inb(0x71)); }
static void exit_mmio(void) { mmio_write(IOAPIC_BASE, mmio_read(IOAPIC_BASE)); }
static void exit_msr(void) { wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE)); }
static void exit_halt(void) { time_sleep_ms(2); }
static void exit_long(void) { time_spin_us(20000); }
static void exit_fault(void) { TRY("ud2"); }

static void exit_ts(void)
{
    write_cr0(read_cr0() | CR0_TS);
    exit_port();
    exit_halt();
    asm volatile("clts");
}

static void exit_xcr0(void)
{
    xsetbv(0, 1);
    exit_port();
    xsetbv(0, components);
}

static void init_state(void)
{
    static uint8_t area[AREA] __attribute__((aligned(64)));
    area[24] = 0x80;
    area[25] = 0x1f;
    xrstor(area); /* XSTATE_BV 0: everything to its initial value */
    exit_port();
    exit_halt();
    memset(got, 0xff, AREA);
    xsave(got);
    uint64_t in_use;
    memcpy(&in_use, got + 512, 8);
    check_eq(in_use & components & ~3ull, 0, "components in their initial state are still so");
}

void test_fpu(void)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } exits[] = {
        {"CPUID", exit_cpuid}, {"port I/O", exit_port}, {"MMIO", exit_mmio}, {"MSR", exit_msr},
        {"HLT", exit_halt}, {"a long spin", exit_long}, {"#UD", exit_fault}, {"CR0.TS set", exit_ts},
        {"XCR0 narrowed", exit_xcr0},
    };
    if (!(cpuid(1).ecx >> 26 & 1)) {
        report_skip("fpu", "no XSAVE");
        return;
    }
    write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE);
    struct regs4 d = cpuid_sub(0xd, 0);
    components = ((uint64_t)d.edx << 32 | d.eax) & 0xe7;
    if (d.eax & BIT(9) && cpuid(7).ecx & BIT(3))
        components |= BIT(9);
    print("components 0x%lx\n", components);
    xsetbv(0, components);
    for (unsigned i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
        prepare();
        xrstor(want);
        exits[i].run();
        compare(exits[i].name);
    }
    init_state();
    xsetbv(0, 1);
}
