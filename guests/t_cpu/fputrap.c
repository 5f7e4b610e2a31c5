// SPDX-License-Identifier: MIT
// Coprocessor control: which of CR0.TS, EM, MP and CR4 stop which instructions, #MF and #XM.
#include "t_cpu.h"

static void stops(void)
{
    uint64_t v = read_cr0() & ~(CR0_TS | CR0_EM | CR0_MP);
    write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
    write_cr0(v);
    check_trap(TRY("fninit"), VEC_NONE, "x87");
    check_trap(TRY("xorps %%xmm0, %%xmm0", "a"(0)), VEC_NONE, "SSE");
    write_cr0(v | CR0_TS);
    check_trap(TRY("fninit"), VEC_NM, "x87 with TS");
    check_trap(TRY("xorps %%xmm0, %%xmm0", "a"(0)), VEC_NM, "SSE with TS");
    check_trap(TRY("fwait"), VEC_NONE, "FWAIT with TS");
    write_cr0(v | CR0_TS | CR0_MP);
    check_trap(TRY("fwait"), VEC_NM, "FWAIT with TS and MP");
    write_cr0(v | CR0_EM);
    check_trap(TRY("fninit"), VEC_NM, "x87 with EM");
    check_trap(TRY("xorps %%xmm0, %%xmm0", "a"(0)), VEC_UD, "SSE with EM");
    write_cr0(v);
    write_cr4(read_cr4() & ~CR4_OSFXSR);
    check_trap(TRY("xorps %%xmm0, %%xmm0", "a"(0)), VEC_UD, "SSE without OSFXSR");
    write_cr4(read_cr4() | CR4_OSFXSR);
}

static void numeric(void)
{
    static const uint32_t unmask_zero_divide = 0x1f80 & ~0x200u;
    static const uint16_t fcw = 0x37f & ~4, fcw_default = 0x37f;
    uint64_t v = read_cr0();
    write_cr0(v | CR0_NE);
    asm volatile("fninit; fldcw %0; fldz; fld1; fdiv %%st(1), %%st" ::"m"(fcw));
    check_trap(TRY("fwait"), VEC_MF, "#MF at FWAIT with CR0.NE");
    asm volatile("fnclex; fldcw %0; fninit" ::"m"(fcw_default));
    asm volatile("ldmxcsr %0" ::"m"(unmask_zero_divide));
    static const float one = 1.0f, zero = 0.0f;
    asm volatile("movss %0, %%xmm0; movss %1, %%xmm1" ::"m"(one), "m"(zero));
    check_trap(TRY("divss %%xmm1, %%xmm0", "a"(0)), VEC_XM, "#XM");
    write_cr4(read_cr4() & ~CR4_OSXMMEXCPT);
    check_trap(TRY("divss %%xmm1, %%xmm0", "a"(0)), VEC_UD, "#UD instead of #XM without OSXMMEXCPT");
    write_cr4(read_cr4() | CR4_OSXMMEXCPT);
    static const uint32_t all_masked = 0x1f80;
    asm volatile("ldmxcsr %0" ::"m"(all_masked));
    static const uint32_t reserved = 0x11f80;
    check_trap(TRY("ldmxcsr %0", "m"(reserved)), VEC_GP, "MXCSR reserved bit");
    write_cr0(v);
}

void test_fputrap(void)
{
    stops();
    numeric();
}
