// SPDX-License-Identifier: MIT
// CPUID: what is offered, that it agrees with itself, and that what is hidden is not there.
#include <guest/apic.h>
#include <guest/time.h>
#include "t_cpu.h"

static bool same(struct regs4 a, struct regs4 b)
{
    return a.eax == b.eax && a.ebx == b.ebx && a.ecx == b.ecx && a.edx == b.edx;
}

static void hidden_instructions(void)
{
    static uint64_t cell[8] __attribute__((aligned(64)));
    bool vmx = cpuid(1).ecx >> 5 & 1, smx = cpuid(1).ecx >> 6 & 1, mwait = cpuid(1).ecx >> 3 & 1;
    check(!vmx, "CPUID hides VMX");
    check(!smx, "CPUID hides SMX");
    check_trap(TRY("vmxon %0", "m"(cell[0])), VEC_UD, "VMXON");
    check_trap(TRY("vmxoff"), VEC_UD, "VMXOFF");
    check_trap(TRY("vmptrld %0", "m"(cell[0])), VEC_UD, "VMPTRLD");
    check_trap(TRY("vmclear %0", "m"(cell[0])), VEC_UD, "VMCLEAR");
    check_trap(TRY("vmread %0, %0", "r"(0ull)), VEC_UD, "VMREAD");
    check_trap(TRY("vmwrite %0, %0", "r"(0ull)), VEC_UD, "VMWRITE");
    check_trap(TRY("vmlaunch"), VEC_UD, "VMLAUNCH");
    check_trap(TRY("vmresume"), VEC_UD, "VMRESUME");
    check_trap(TRY("invept (%0), %1", "r"(cell), "r"(1ull)), VEC_UD, "INVEPT");
    check_trap(TRY("invvpid (%0), %1", "r"(cell), "r"(1ull)), VEC_UD, "INVVPID");
    check_trap(TRY("vmfunc", "a"(0), "c"(0)), VEC_UD, "VMFUNC");
    check_trap(TRY("getsec", "a"(0)), VEC_UD, "GETSEC");
    check_eq(trap_last.rflags & FLAG_RF, FLAG_RF, "an injected #UD pushes RF");
    if (!mwait) {
        check_trap(TRY("monitor", "a"(cell), "c"(0), "d"(0)), VEC_UD, "MONITOR, hidden");
        check_trap(TRY("mwait", "a"(0), "c"(0)), VEC_UD, "MWAIT, hidden");
    }
}

/* Instructions that VT-x can take away: they work exactly when CPUID says so. */
static void optional_instructions(void)
{
    static uint64_t cell[2] __attribute__((aligned(16)));
    struct regs4 f1 = cpuid(1), f7 = cpuid(7), fe = cpuid(0x80000001);
    struct {
        const char *name;
        bool offered;
        unsigned got;
    } list[] = {
        {"RDTSCP", fe.edx >> 27 & 1, TRY("rdtscp", "a"(0))},
        {"INVPCID", f7.ebx >> 10 & 1, TRY("invpcid (%0), %1", "r"(cell), "r"(2ull))},
        {"RDRAND", f1.ecx >> 30 & 1, TRY("rdrand %%rax", "c"(0))},
        {"RDSEED", f7.ebx >> 18 & 1, TRY("rdseed %%rax", "c"(0))},
        {"RDPID", f7.ecx >> 22 & 1, TRY(".byte 0xf3, 0x0f, 0xc7, 0xf8", "c"(0))},
        {"TPAUSE", f7.ecx >> 5 & 1, TRY(".byte 0x66, 0x0f, 0xae, 0xf1", "a"(0), "d"(0))},
        {"SYSCALL", fe.edx >> 11 & 1, TRY("syscall", "c"(0))},
    };
    for (unsigned i = 0; i + 1 < sizeof(list) / sizeof(list[0]); i++)
        check_trap(list[i].got, list[i].offered ? VEC_NONE : VEC_UD, "%s %s", list[i].name,
                   list[i].offered ? "offered" : "hidden");
    check_trap(list[6].got, VEC_UD, "SYSCALL with EFER.SCE clear");
    if (!(f1.ecx >> 26 & 1))
        check_trap(try_xsetbv(0, 1), VEC_UD, "XSETBV, hidden");
    if ((cpuid(0xa).eax & 0xff) == 0)
        check_trap(TRY("rdpmc", "c"(0)), VEC_GP, "RDPMC without performance counters");
}

static void leaves(void)
{
    uint32_t max = cpuid(0).eax, max_ext = cpuid(0x80000000).eax;
    check(max >= 0xd && max < 0x100, "highest basic leaf 0x%x", max);
    check(max_ext >= 0x80000008 && max_ext < 0x80000100, "highest extended leaf 0x%x", max_ext);
    check(same(cpuid(max + 1), cpuid(max)), "a basic leaf too high answers as the highest");
    check(same(cpuid(0x7fffffff), cpuid(max)), "leaf 0x7fffffff answers as the highest");
    check(same(cpuid(max_ext + 1), cpuid(max)), "an extended leaf too high answers as the highest basic");
    check(same(cpuid(1), cpuid(1)), "leaf 1 answers the same twice");
    check((cpuid(0x80000008).eax & 0xff) >= 36, "physical address bits");
    check(cpuid(1).ecx >> 31, "hypervisor bit");
    check(cpuid(0x40000000).eax >= 0x40000000, "hypervisor leaves");
    uint64_t high = ~0ull;
    uint32_t b;
    asm volatile("cpuid" : "+a"(high), "=b"(b) : "c"(0) : "rdx");
    check_eq(high >> 32, 0, "CPUID clears the upper halves");
}

static void topology(void)
{
    uint32_t id = cpuid(1).ebx >> 24;
    check_eq(apic_is_x2() ? apic_read(APIC_ID) : apic_read(APIC_ID) >> 24, id, "APIC id is that of leaf 1");
    if (cpuid(0).eax >= 0xb && cpuid_sub(0xb, 0).ebx) {
        check_eq(cpuid_sub(0xb, 0).edx, id, "x2APIC id of leaf 0xb");
        check_eq(cpuid_sub(0xb, 1).edx, id, "x2APIC id of leaf 0xb, level 1");
        check_eq(cpuid_sub(0xb, 0).ecx >> 8 & 0xff, 1, "leaf 0xb level 0 is SMT");
        check_eq(cpuid_sub(0xb, 1).ecx >> 8 & 0xff, 2, "leaf 0xb level 1 is core");
        check_eq(cpuid_sub(0xb, 2).ebx | (cpuid_sub(0xb, 2).ecx & 0xff00), 0, "leaf 0xb ends");
        check_eq(cpuid_sub(0xb, 2).ecx & 0xff, 2, "leaf 0xb echoes the sub-leaf");
    }
}

static void xsave_leaf(void)
{
    if (!(cpuid(1).ecx >> 26 & 1)) {
        report_skip("leaf 0xd", "no XSAVE");
        return;
    }
    write_cr4(read_cr4() & ~CR4_OSXSAVE);
    check_eq(cpuid(1).ecx >> 27 & 1, 0, "OSXSAVE clear while CR4.OSXSAVE is");
    write_cr4(read_cr4() | CR4_OSXSAVE);
    check_eq(cpuid(1).ecx >> 27 & 1, 1, "OSXSAVE follows CR4");
    struct regs4 d = cpuid_sub(0xd, 0);
    check_eq(d.eax & 3, 3, "leaf 0xd offers x87 and SSE");
    uint64_t all = (uint64_t)d.edx << 32 | d.eax;
    xsetbv(0, 1);
    check_eq(cpuid_sub(0xd, 0).ebx, 576, "XSAVE area for x87");
    xsetbv(0, all);
    uint32_t end = 576;
    for (unsigned i = 2; i < 63; i++) {
        struct regs4 c = cpuid_sub(0xd, i);
        if (!(all >> i & 1)) {
            if (!(c.ecx & 1))
                check(i > 20 || (c.eax | c.ebx | c.ecx | c.edx) == 0, "leaf 0xd component %u is not there", i);
            continue;
        }
        if (c.eax + c.ebx > end)
            end = c.eax + c.ebx;
    }
    check_eq(cpuid_sub(0xd, 0).ebx, end, "XSAVE area for all components");
    check_eq(cpuid_sub(0xd, 0).ecx, end, "largest XSAVE area");
    xsetbv(0, 1);
}

static void frequency(void)
{
    uint64_t low = tsc_hz - tsc_hz / 30, high = tsc_hz + tsc_hz / 30;
    struct regs4 f = cpuid(0x15);
    if (cpuid(0).eax >= 0x15 && f.eax && f.ebx && f.ecx)
        check_range((uint64_t)f.ecx * f.ebx / f.eax, low, high, "TSC frequency of leaf 0x15");
    if (cpuid(0x40000000).eax >= 0x40000010)
        check_range((uint64_t)cpuid(0x40000010).eax * 1000, low, high, "TSC frequency of leaf 0x40000010");
    check_eq(cpuid(0x80000007).edx >> 8 & 1, 1, "TSC is invariant");
}

void test_cpuid(void)
{
    leaves();
    hidden_instructions();
    optional_instructions();
    topology();
    xsave_leaf();
    frequency();
    check_trap(in_ring3(user_cpuid), VEC_UD, "CPUID in ring 3, up to its UD2");
    check_eq(trap_last.rip - USER_ALIAS, (uint64_t)user_cpuid + 4, "rip behind CPUID in ring 3");
}
