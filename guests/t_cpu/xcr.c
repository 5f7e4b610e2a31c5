// SPDX-License-Identifier: MIT
// XCR0: only the combinations of the SDM (vol. 1, 13.3) and only what CPUID offers.
#include "t_cpu.h"

static bool legal(uint64_t v, uint64_t offered)
{
    if (!(v & 1) || (v & ~offered))
        return false;
    if ((v & BIT(2)) && !(v & BIT(1)))
        return false;
    if ((v >> 3 & 3) == 1 || (v >> 3 & 3) == 2)
        return false;
    uint64_t zmm = v >> 5 & 7;
    if (zmm && (zmm != 7 || (v & 6) != 6))
        return false;
    uint64_t tile = v >> 17 & 3;
    return tile == 0 || tile == 3;
}

void test_xcr(void)
{
    if (!(cpuid(1).ecx >> 26 & 1)) {
        report_skip("XCR0", "no XSAVE");
        return;
    }
    uint64_t cr4 = read_cr4();
    write_cr4(cr4 & ~CR4_OSXSAVE);
    check_trap(try_xsetbv(0, 1), VEC_UD, "XSETBV with CR4.OSXSAVE clear");
    check_trap(TRY("xgetbv", "c"(0)), VEC_UD, "XGETBV with CR4.OSXSAVE clear");
    write_cr4(cr4 | CR4_OSXSAVE);
    struct regs4 d = cpuid_sub(0xd, 0);
    uint64_t offered = (uint64_t)d.edx << 32 | d.eax;
    for (uint64_t v = 0; v < 256; v++) {
        unsigned want = legal(v, offered) ? VEC_NONE : VEC_GP, got = try_xsetbv(0, v);
        if (got != want || want == VEC_NONE)
            check_trap(got, want, "XCR0 = 0x%lx", v);
        if (got == VEC_NONE)
            check_eq(xgetbv(0), v, "XCR0 reads back");
    }
    for (unsigned bit = 8; bit < 64; bit++) {
        uint64_t v = 3 | BIT(bit);
        if (!legal(v, offered))
            check_trap(try_xsetbv(0, v), VEC_GP, "XCR0 bit %u", bit);
    }
    xsetbv(0, 1);
    check_trap(try_xsetbv(1, 1), VEC_GP, "XCR1");
    check_trap(try_xsetbv(0xffffffff, 1), VEC_GP, "XCR 0xffffffff");
    check_eq(trap_last.rflags & FLAG_RF, FLAG_RF, "its #GP pushes RF");
    check_trap(TRY("xgetbv", "c"(2)), VEC_GP, "XGETBV of XCR2");
    check_trap(in_ring3(user_xsetbv), VEC_GP, "XSETBV in ring 3");
    write_cr4(cr4);
}
