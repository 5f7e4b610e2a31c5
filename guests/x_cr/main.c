// SPDX-License-Identifier: MIT
// x_cr: every single-bit change and wild values of CR0, CR3, CR4, CR8, EFER, XCR0 and debug registers.
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/trap.h>

static uint64_t taken, refused;

static void count(unsigned vector)
{
    if (vector == VEC_NONE)
        taken++;
    else
        refused++;
}

static void tell(const char *name)
{
    print("%s: %lu taken, %lu refused\n", name, taken, refused);
    taken = refused = 0;
}

static uint64_t noise(void)
{
    static uint64_t x = 88172645463325252ull;
    x ^= x << 13;
    x ^= x >> 7;
    return x ^= x << 17;
}

static void cr0(void)
{
    uint64_t v = read_cr0();
    for (unsigned i = 0; i < 64; i++) {
        count(try_cr0(v ^ BIT(i)));
        try_cr0(v);
    }
    for (unsigned i = 0; i < 500; i++) { /* PE and PG stay, or the code below is not what it seems */
        count(try_cr0((noise() & 0xffffffff) | CR0_PE | CR0_PG));
        try_cr0(v);
    }
    tell("CR0");
}

static void cr4(void)
{
    uint64_t v = read_cr4();
    for (unsigned i = 0; i < 64; i++) {
        count(try_cr4(v ^ BIT(i)));
        try_cr4(v);
    }
    for (unsigned i = 0; i < 500; i++) {
        count(try_cr4((noise() & 0x3ffffff & ~(CR4_SMEP | CR4_SMAP)) | CR4_PAE));
        try_cr4(v);
    }
    tell("CR4");
}

static void cr3_cr8(void)
{
    uint64_t v = read_cr3();
    for (unsigned i = cpuid(0x80000008).eax & 0xff; i < 64; i++)
        count(try_cr3(v | BIT(i)));
    count(try_cr3(v | 0xfff));
    write_cr3(v);
    tell("CR3");
    for (unsigned i = 0; i < 64; i++)
        count(try_cr8(BIT(i)));
    count(try_cr8(~0ull));
    write_cr8(0);
    tell("CR8");
}

static void efer(void)
{
    uint64_t v = rdmsr(MSR_EFER);
    for (unsigned i = 0; i < 64; i++) {
        count(try_wrmsr(MSR_EFER, v ^ BIT(i)));
        try_wrmsr(MSR_EFER, v);
    }
    for (unsigned i = 0; i < 500; i++) {
        count(try_wrmsr(MSR_EFER, noise() | v));
        try_wrmsr(MSR_EFER, v);
    }
    tell("EFER");
}

static void xcr0(void)
{
    if (!(cpuid(1).ecx >> 26 & 1))
        return;
    write_cr4(read_cr4() | CR4_OSXSAVE);
    for (unsigned i = 0; i < 64; i++) {
        count(try_xsetbv(0, BIT(i)));
        count(try_xsetbv(0, 1 | BIT(i)));
        count(try_xsetbv(0, 7 | BIT(i)));
        count(try_xsetbv((uint32_t)BIT(i), 1));
    }
    for (unsigned i = 0; i < 1000; i++)
        count(try_xsetbv(0, noise()));
    try_xsetbv(0, 1);
    tell("XCR0");
}

static void debug(void)
{
    for (unsigned i = 0; i < 64; i++) {
        count(TRY("movq %0, %%dr6", "r"(BIT(i))));
        count(TRY("movq %0, %%dr7", "r"(BIT(i) & ~0x20ffull)));
        count(TRY("movq %0, %%dr0", "r"(BIT(i))));
    }
    write_dr7(0x400);
    write_dr6(0xffff0ff0);
    tell("debug registers");
}

void guest_main(const char *cmdline)
{
    (void)cmdline;
    report_name("x_cr");
    for (unsigned round = 0; round < 4; round++) {
        cr0();
        cr4();
        cr3_cr8();
        efer();
        xcr0();
        debug();
    }
    check(true, "alive behind it");
}
