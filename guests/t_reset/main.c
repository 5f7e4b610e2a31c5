// SPDX-License-Identifier: MIT
// t_reset: what a CPU holds after a reset of the machine and after INIT (SDM vol. 3, table 9-1). Each life leaves its
// CPUs in as odd a state as it can and resets the machine in another way; a byte of CMOS RAM counts the lives.
#include <guest/apic.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/smp.h>
#include <guest/start.h>
#include <guest/time.h>
#include <guest/trap.h>

#define CMOS_LIFE 0x40
#define LIVES     4
#define VEC_TIMER 0x55
#define ODD_FCW   0x0c7f
#define ODD_MXCSR 0x7f80
#define ODD_TSC   0x123400000000

static const struct {
    uint32_t msr;
    const char *name;
    uint64_t clean, odd;
} msrs[] = {
    {MSR_PAT, "PAT", 0x0007040600070406, 0x0606060606060606},
    {MSR_SYSENTER_EIP, "SYSENTER_EIP", 0, 0x1234},
    {MSR_LSTAR, "LSTAR", 0, 0x12345},
    {MSR_KERNEL_GS, "KERNEL_GS_BASE", 0, 0x123456},
    {0x1d9, "DEBUGCTL", 0, 2},
    {0x2ff, "MTRR_DEF_TYPE", 0xc06, 0x800},
    {0x204, "MTRR_PHYSBASE2", 0, 0x80000006},
    {MSR_MISC_ENABLE, "MISC_ENABLE", 0x1801, 0x1800},
    {0x3b, "TSC_ADJUST", 0, 0x1000}, /* last: not every machine offers it */
};
#define MSRS (sizeof(msrs) / sizeof(msrs[0]))

struct seen {
    uint64_t msr[MSRS], xcr0, xmm0, tsc;
    uint32_t x87[7], mxcsr;
};
static struct seen first, other;

static unsigned msr_count(void)
{
    return cpuid(7).ebx >> 1 & 1 ? MSRS : MSRS - 1;
}

static bool has_xsave(void)
{
    return cpuid(1).ecx >> 26 & 1;
}

static void look(struct seen *s)
{
    s->tsc = rdtsc();
    asm volatile("fnstenv %0" : "=m"(s->x87));
    asm volatile("fldenv %0" ::"m"(s->x87));
    write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT | (has_xsave() ? CR4_OSXSAVE : 0));
    asm volatile("stmxcsr %0; movq %%xmm0, %1" : "=m"(s->mxcsr), "=m"(s->xmm0));
    s->xcr0 = has_xsave() ? xgetbv(0) : 1;
    for (unsigned i = 0; i < msr_count(); i++)
        s->msr[i] = rdmsr(msrs[i].msr);
}

static void look_other(void)
{
    look(&other);
}

static void become_odd(void)
{
    static const uint32_t mxcsr = ODD_MXCSR;
    static const uint16_t fcw = ODD_FCW;

    for (unsigned i = 0; i < msr_count(); i++)
        wrmsr(msrs[i].msr, msrs[i].odd);
    asm volatile("fninit; fldcw %0; fld1; ldmxcsr %1; pcmpeqd %%xmm0, %%xmm0" ::"m"(fcw), "m"(mxcsr));
    if (has_xsave())
        xsetbv(0, cpuid_sub(0xd, 0).eax & 7);
}

static void check_msrs(const struct seen *s, bool odd, const char *when)
{
    for (unsigned i = 0; i < msr_count(); i++)
        check_eq(s->msr[i], odd ? msrs[i].odd : msrs[i].clean, "%s %s", msrs[i].name, when);
}

static void check_clean(const struct seen *s, const char *when)
{
    check_msrs(s, false, when);
    check_eq(s->x87[0] & 0xffff, 0x37f, "x87 control word %s", when);
    check_eq(s->x87[1] & 0xffff, 0, "x87 status word %s", when);
    check_eq(s->x87[2] & 0xffff, 0xffff, "x87 tags %s", when);
    check_eq(s->mxcsr, 0x1f80, "MXCSR %s", when);
    check_eq(s->xmm0, 0, "XMM0 %s", when);
    check_eq(s->xcr0, 1, "XCR0 %s", when);
    check(s->tsc < ODD_TSC, "TSC %s", when);
}

/* INIT leaves all of it alone. */
static void check_odd(const struct seen *s, const char *when)
{
    check_msrs(s, true, when);
    check_eq(s->x87[0] & 0xffff, ODD_FCW, "x87 control word %s", when);
    check_eq(s->x87[2] & 0xffff, 0x3fff, "x87 tags %s", when);
    check_eq(s->mxcsr, ODD_MXCSR, "MXCSR %s", when);
    check_eq(s->xmm0, ~0ull, "XMM0 %s", when);
    check_eq(s->xcr0, has_xsave() ? cpuid_sub(0xd, 0).eax & 7 : 1, "XCR0 %s", when);
}

static uint8_t cmos(uint8_t reg)
{
    outb(0x70, reg);
    return inb(0x71);
}

static void reset_machine(unsigned life)
{
    outb(0x70, CMOS_LIFE);
    outb(0x71, (uint8_t)(life + 1));
    if (life == 0)
        outb(0xcf9, 6);
    else if (life == 1)
        outb(0x64, 0xfe);
    else
        outb(0x92, 1);
    for (;;)
        pause();
}

static void send_nmi(void)
{
    apic_icr((uint64_t)(cpuid(1).ebx >> 24) << 32 | APIC_ICR_ASSERT | APIC_MODE_NMI);
}

/* The second NMI waits for the IRET of the first, and would then come to a machine without handlers. */
static void on_nmi(struct trap_frame *f)
{
    (void)f;
    send_nmi();
    reset_machine(cmos(CMOS_LIFE));
}

/* The first CPU is odd already: what it wrote is its own. */
static void test_other(void)
{
    check(smp_start(1), "CPU 1 comes up");
    smp_run(1, look_other);
    check(smp_join(1), "CPU 1 looks");
    check_clean(&other, "of CPU 1");
    check_eq(smp_found.cr0, CR0_ET, "CR0 at its start");
    check_eq(smp_found.edx, cpuid(1).eax, "EDX at its start");
    smp_run(1, become_odd);
    check(smp_join(1), "CPU 1 becomes odd");
    smp_init_ipi(1);
    check(smp_startup(1), "CPU 1 comes up again");
    smp_run(1, look_other);
    check(smp_join(1), "CPU 1 looks again");
    check_odd(&other, "after INIT");
    smp_run(1, become_odd);
    smp_join(1);
}

static void test_life(void)
{
    unsigned life = cmos(CMOS_LIFE);

    print("life %u\n", life);
    check_clean(&first, "after reset");
    check(!apic_is_x2(), "xAPIC mode after reset");
    apic_enable();
    trap_set(VEC_TIMER, 0);
    sti_window();
    become_odd();
    if (smp_count() > 1)
        test_other();
    if (report_failed || life + 1 == LIVES)
        return;
    print_flush();
    apic_mode(APIC_BASE_ON | APIC_BASE_X2);
    apic_enable();
    apic_write(APIC_LVT_TIMER, APIC_PERIODIC | VEC_TIMER);
    apic_write(APIC_TIMER_INIT, 1000);
    wrmsr(MSR_TSC, ODD_TSC);
    trap_set(VEC_NMI, on_nmi);
    send_nmi();
    time_spin_us(1000000);
    check(false, "NMI and reset");
}

void guest_main(const char *cmdline)
{
    static const struct test_group groups[] = {{"life", test_life}};

    look(&first);
    time_init();
    run_groups("t_reset", groups, 1, cmdline);
}
