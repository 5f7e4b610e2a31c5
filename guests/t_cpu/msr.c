// SPDX-License-Identifier: MIT
// MSRs: those that exist hold what is written, refuse what the SDM refuses, the others fault.
#include "t_cpu.h"

static void write_back(void)
{
    static const struct {
        uint32_t msr;
        const char *name;
        uint64_t a, b;
    } list[] = {
        {MSR_SYSENTER_CS, "SYSENTER_CS", 0x8, 0x10},
        {MSR_SYSENTER_ESP, "SYSENTER_ESP", 0xffff800012345678, 0x1234},
        {MSR_SYSENTER_EIP, "SYSENTER_EIP", 0x7fff12345678, 0xffffffff81000000},
        {MSR_PAT, "PAT", 0x0007040600070406, 0x0506010400050106},
        {MSR_STAR, "STAR", 0x0023001000000000, 0x0020000812345678},
        {MSR_LSTAR, "LSTAR", 0xffffffff81000000, 0x7fffffffffff},
        {MSR_CSTAR, "CSTAR", 0xffffffff81000000, 0x1000},
        {MSR_FMASK, "FMASK", 0x47700, 0x200},
        {MSR_FS_BASE, "FS_BASE", 0xffff888000000000, 0x123456789},
        {MSR_GS_BASE, "GS_BASE", 0xffff888000000000, 0x123456789},
        {MSR_KERNEL_GS, "KERNEL_GS_BASE", 0xffff888000000000, 0x123456789},
    };
    for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        uint64_t old, got;
        check_trap(try_rdmsr(list[i].msr, &old), VEC_NONE, "read %s", list[i].name);
        check_trap(try_wrmsr(list[i].msr, list[i].a), VEC_NONE, "write %s", list[i].name);
        try_rdmsr(list[i].msr, &got);
        check_eq(got, list[i].a, "%s holds 0x%lx", list[i].name, list[i].a);
        try_wrmsr(list[i].msr, list[i].b);
        try_rdmsr(list[i].msr, &got);
        check_eq(got, list[i].b, "%s holds 0x%lx", list[i].name, list[i].b);
        wrmsr(list[i].msr, old);
    }
}

static void non_canonical(void)
{
    static const uint32_t list[] = {MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, MSR_LSTAR, MSR_CSTAR,
                                    MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS};
    for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        uint64_t before = rdmsr(list[i]);
        check_trap(try_wrmsr(list[i], 0x8000000000000000), VEC_GP, "MSR 0x%x non-canonical", list[i]);
        check_trap(try_wrmsr(list[i], 0x0000800000000000), VEC_GP, "MSR 0x%x just non-canonical", list[i]);
        check_eq(rdmsr(list[i]), before, "MSR 0x%x unchanged after #GP", list[i]);
    }
}

static void reserved_bits(void)
{
    uint64_t efer = rdmsr(MSR_EFER);
    for (unsigned bit = 1; bit < 64; bit++) {
        if (bit == 8 || bit == 10 || bit == 11)
            continue;
        unsigned got = try_wrmsr(MSR_EFER, efer | BIT(bit));
        check_trap(got, VEC_GP, "EFER bit %u is reserved", bit);
        check_eq(trap_last.error, 0, "error code of that #GP");
    }
    check_trap(try_wrmsr(MSR_EFER, efer & ~EFER_LME), VEC_GP, "EFER.LME cleared while paging");
    check_trap(try_wrmsr(MSR_EFER, efer & ~EFER_LMA), VEC_NONE, "EFER.LMA written as 0");
    check_eq(rdmsr(MSR_EFER), efer, "EFER.LMA is read-only");
    check_trap(try_wrmsr(MSR_EFER, efer | EFER_SCE | EFER_NXE), VEC_NONE, "EFER.SCE and NXE");
    check_eq(rdmsr(MSR_EFER), efer | EFER_SCE | EFER_NXE, "EFER holds them");
    wrmsr(MSR_EFER, efer);
    check_trap(try_wrmsr(MSR_PAT, 0x0007040600070402), VEC_GP, "PAT type 2");
    check_trap(try_wrmsr(MSR_PAT, 0x0307040600070406), VEC_GP, "PAT type 3");
    check_trap(try_wrmsr(MSR_PAT, 0x0007040800070406), VEC_GP, "PAT type 8");
    uint64_t base = rdmsr(MSR_APIC_BASE);
    check_trap(try_wrmsr(MSR_APIC_BASE, base | 1), VEC_GP, "APIC_BASE bit 0");
    check_trap(try_wrmsr(MSR_APIC_BASE, base | BIT(9)), VEC_GP, "APIC_BASE bit 9");
    check_trap(try_wrmsr(MSR_APIC_BASE, base | BIT(63)), VEC_GP, "APIC_BASE bit 63");
    check_eq(rdmsr(MSR_APIC_BASE), base, "APIC_BASE unchanged");
    if (cpuid(0x80000001).edx >> 27 & 1) {
        check_trap(try_wrmsr(MSR_TSC_AUX, 0x12345678), VEC_NONE, "TSC_AUX");
        check_eq(rdmsr(MSR_TSC_AUX), 0x12345678, "TSC_AUX holds it");
    }
}

static void absent(void)
{
    static const uint32_t list[] = {0x2,        0x15,       0x480,      0x48f,      0x492,      0x9f0,
                                    0x1fff,     0x2000,     0x12345678, 0x3fffffff, 0x40000fff, 0x4b564dff,
                                    0xbfffffff, 0xc0000085, 0xc0001fff, 0xc0002000, 0xdeadbeef, 0xffffffff};
    uint64_t v;
    for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        check_trap(try_rdmsr(list[i], &v), VEC_GP, "read absent MSR 0x%x", list[i]);
        check_eq(trap_last.error, 0, "error code");
        check_eq((uint64_t)trap_offset(), 0, "rip at the RDMSR");
        check_eq(trap_last.rflags & FLAG_RF, FLAG_RF, "RF pushed");
        check_trap(try_wrmsr(list[i], 0), VEC_GP, "write absent MSR 0x%x", list[i]);
    }
    check_trap(in_ring3(user_rdmsr), VEC_GP, "RDMSR in ring 3");
    check_eq(trap_last.rip - USER_ALIAS, (uint64_t)user_rdmsr + 5, "its rip");
}

/* Only ECX, EAX and EDX count; RDMSR clears the upper halves of RAX and RDX. */
static void upper_halves(void)
{
    uint64_t a = ~0ull, d = ~0ull;
    asm volatile("rdmsr" : "+a"(a), "+d"(d) : "c"(0xffffffff00000000 | MSR_APIC_BASE));
    check_eq(a >> 32 | d >> 32, 0, "RDMSR clears the upper halves");
    check_eq(a | d << 32, rdmsr(MSR_APIC_BASE), "RDMSR ignores the upper half of RCX");
    asm volatile("wrmsr" ::"c"(0xabcd00000000 | MSR_SYSENTER_CS), "a"(0xffffffff00000008), "d"(0xffffffff00000000));
    check_eq(rdmsr(MSR_SYSENTER_CS), 8, "WRMSR ignores the upper halves");
    wrmsr(MSR_SYSENTER_CS, 0);
}

/* What MTRRCAP counts holds what is written; reserved bits and types fault. */
static void mtrr_variable(uint32_t msr)
{
    unsigned bits = cpuid(0x80000008).eax & 0xff;
    uint64_t base = rdmsr(msr), mask = rdmsr(msr + 1), top = BIT(bits) - 1;
    for (unsigned bit = 8; bit < 12; bit++)
        check_trap(try_wrmsr(msr, BIT(bit)), VEC_GP, "MTRR base bit %u", bit);
    for (unsigned bit = 0; bit < 11; bit++)
        check_trap(try_wrmsr(msr + 1, BIT(bit)), VEC_GP, "MTRR mask bit %u", bit);
    for (unsigned bit = bits; bit < 64; bit++) {
        check_trap(try_wrmsr(msr, BIT(bit)), VEC_GP, "MTRR base bit %u", bit);
        check_trap(try_wrmsr(msr + 1, BIT(bit)), VEC_GP, "MTRR mask bit %u", bit);
    }
    check_eq(rdmsr(msr), base, "MTRR base unchanged");
    check_eq(rdmsr(msr + 1), mask, "MTRR mask unchanged");
    wrmsr(msr, (top & ~0xfffull) | 5);
    wrmsr(msr + 1, (top & ~0xfffull) | BIT(11));
    check_eq(rdmsr(msr), (top & ~0xfffull) | 5, "MTRR base holds all its bits");
    check_eq(rdmsr(msr + 1), (top & ~0xfffull) | BIT(11), "MTRR mask holds all its bits");
    wrmsr(msr, base);
    wrmsr(msr + 1, mask);
}

static void mtrr_fixed(void)
{
    static const uint16_t list[] = {0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f};
    for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        uint64_t old = rdmsr(list[i]);
        wrmsr(list[i], 0x0001040506050401);
        check_eq(rdmsr(list[i]), 0x0001040506050401, "fixed MTRR 0x%x holds what is written", list[i]);
        check_trap(try_wrmsr(list[i], 0x0200000000000000), VEC_GP, "fixed MTRR 0x%x type 2", list[i]);
        check_trap(try_wrmsr(list[i], 0x07), VEC_GP, "fixed MTRR 0x%x type 7", list[i]);
        wrmsr(list[i], old);
    }
}

static void machine_check(void)
{
    uint64_t cap;
    if (!(cpuid(1).edx >> 14 & 1))
        return;
    check_trap(try_rdmsr(0x179, &cap), VEC_NONE, "MCG_CAP");
    check_trap(try_wrmsr(0x17a, 7), VEC_NONE, "MCG_STATUS");
    check_eq(rdmsr(0x17a), 7, "MCG_STATUS holds its three bits");
    wrmsr(0x17a, 0);
    check_trap(try_rdmsr(0x400 + 4 * (cap & 0xff), &cap), VEC_GP, "no bank behind the last");
}

static void mtrr(void)
{
    uint64_t cap = 0, def = 0, v;
    if (!(cpuid(1).edx >> 12 & 1)) {
        check_trap(try_rdmsr(0xfe, &cap), VEC_GP, "MTRRCAP without MTRRs");
        return;
    }
    check_trap(try_rdmsr(0xfe, &cap), VEC_NONE, "MTRRCAP");
    check_trap(try_wrmsr(0xfe, cap), VEC_GP, "MTRRCAP is read-only");
    check_trap(try_rdmsr(0x2ff, &def), VEC_NONE, "MTRR_DEF_TYPE");
    check_trap(try_wrmsr(0x2ff, (def & ~0xffull) | 2), VEC_GP, "MTRR default type 2");
    check_trap(try_wrmsr(0x2ff, def | BIT(9)), VEC_GP, "MTRR_DEF_TYPE bit 9");
    check_trap(try_wrmsr(0x2ff, def), VEC_NONE, "MTRR_DEF_TYPE written back");
    unsigned count = cap & 0xff;
    for (unsigned i = 0; i < count; i++) {
        check_trap(try_rdmsr(0x200 + 2 * i, &v), VEC_NONE, "MTRR_PHYSBASE%u", i);
        check_trap(try_rdmsr(0x201 + 2 * i, &v), VEC_NONE, "MTRR_PHYSMASK%u", i);
    }
    if (count)
        check_trap(try_wrmsr(0x200, 7), VEC_GP, "MTRR_PHYSBASE0 type 7");
    if (count > 3)
        mtrr_variable(0x206);
    for (unsigned i = 0; i < count; i++)
        check_trap(try_rdmsr(0x201 + 2 * i, &v), VEC_NONE, "MTRR_PHYSMASK%u again", i);
    check_trap(try_rdmsr(0x200 + 2 * count, &v), VEC_GP, "no MTRR behind the last");
    if (cap & BIT(8))
        mtrr_fixed();
}

static void various(void)
{
    uint64_t v = 0, old;
    if (try_rdmsr(MSR_FEATURE_CTL, &v) == VEC_NONE)
        check((v & 1) && !(v & 6), "FEATURE_CONTROL is locked with VMX off");
    else
        check(true, "FEATURE_CONTROL is absent");
    check_trap(try_rdmsr(0x8b, &v), VEC_NONE, "BIOS_SIGN_ID");
    check_trap(try_rdmsr(MSR_MISC_ENABLE, &v), VEC_NONE, "MISC_ENABLE");
    check_eq(v & BIT(18), (uint64_t)(cpuid(1).ecx >> 3 & 1) << 18, "MISC_ENABLE agrees with CPUID on MONITOR");
    check(cpuid(7).ebx >> 1 & 1, "TSC_ADJUST is offered");
    check_trap(try_rdmsr(0x3b, &old), VEC_NONE, "TSC_ADJUST");
    uint64_t before = rdtsc();
    check_trap(try_wrmsr(0x3b, old + 0x100000000), VEC_NONE, "TSC_ADJUST moved");
    uint64_t moved = rdtsc() - before;
    check_range(moved, 0x100000000, 0x180000000, "TSC moved with it");
    wrmsr(0x3b, old);
    bool spec = cpuid(7).edx >> 26 & 1;
    check_trap(try_rdmsr(0x48, &v), spec ? VEC_NONE : VEC_GP, "SPEC_CTRL as CPUID says");
}

void test_msr(void)
{
    write_back();
    non_canonical();
    reserved_bits();
    absent();
    upper_halves();
    mtrr();
    machine_check();
    various();
}
