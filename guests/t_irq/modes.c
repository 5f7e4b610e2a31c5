// SPDX-License-Identifier: MIT
// IA32_APIC_BASE: xAPIC, x2APIC, disabled, which steps between them exist, what each allows.
#include "t_irq.h"

#define X2(reg) (MSR_X2APIC + (reg) / 16)

static uint64_t base_bits(uint64_t bits)
{
    return (rdmsr(MSR_APIC_BASE) & ~(APIC_BASE_ON | APIC_BASE_X2)) | bits;
}

static void x2_registers(void)
{
    static const uint16_t absent[] = {0x800, 0x801, 0x804, 0x809, 0x80c, 0x80e, 0x831, 0x840, 0x8ff};
    static const uint16_t read_only[] = {0x802, 0x803, 0x80a, 0x80d, 0x810, 0x818, 0x820, 0x839};
    uint64_t v;
    for (unsigned i = 0; i < sizeof(absent) / 2; i++)
        check_trap(try_rdmsr(absent[i], &v), VEC_GP, "x2APIC MSR 0x%x is absent", absent[i]);
    for (unsigned i = 0; i < sizeof(read_only) / 2; i++) {
        check_trap(try_rdmsr(read_only[i], &v), VEC_NONE, "x2APIC MSR 0x%x reads", read_only[i]);
        check_trap(try_wrmsr(read_only[i], 0), VEC_GP, "x2APIC MSR 0x%x is read-only", read_only[i]);
    }
    check_trap(try_rdmsr(X2(APIC_EOI), &v), VEC_GP, "EOI is write-only");
    check_trap(try_rdmsr(X2(APIC_SELF_IPI), &v), VEC_GP, "SELF_IPI is write-only");
    check_trap(try_wrmsr(X2(APIC_EOI), 1), VEC_GP, "EOI takes only 0");
    check_trap(try_wrmsr(X2(APIC_ESR), 1), VEC_GP, "ESR takes only 0");
    check_trap(try_wrmsr(X2(APIC_TPR), 0x100), VEC_GP, "TPR bit 8");
    check_trap(try_wrmsr(X2(APIC_SVR), BIT(20)), VEC_GP, "SVR bit 20");
    check_trap(try_wrmsr(X2(APIC_LVT_TIMER), BIT(31)), VEC_GP, "LVT timer bit 31");
    check_trap(try_wrmsr(X2(APIC_TPR), BIT(32)), VEC_GP, "TPR bit 32");
    check_trap(try_wrmsr(X2(APIC_SELF_IPI), 0x151), VEC_GP, "SELF_IPI bit 8");
    check_trap(try_wrmsr(X2(APIC_ICR), 0x20000000 | APIC_ICR_SELF | 0x51), VEC_GP, "ICR bit 29");
}

/* Where the registers are in xAPIC mode there is nothing in the others. */
static void page_is_a_hole(const char *when)
{
    for (unsigned reg = APIC_ID; reg < 0x1000; reg += 0x3f4) {
        check_eq(mmio_read(APIC_BASE_ADDRESS + (reg & ~3u)), ~0u, "xAPIC page at 0x%x %s", reg & ~3u, when);
        mmio_write(APIC_BASE_ADDRESS + (reg & ~3u), 0x55);
        check_eq(mmio_read(APIC_BASE_ADDRESS + (reg & ~3u)), ~0u, "and it drops writes");
    }
}

static void steps_from_xapic(void)
{
    uint64_t v;
    check_trap(try_rdmsr(X2(APIC_ID), &v), VEC_GP, "x2APIC MSRs fault in xAPIC mode");
    check_trap(try_wrmsr(MSR_APIC_BASE, base_bits(APIC_BASE_X2)), VEC_GP, "EXTD without EN");
    apic_write(APIC_TPR, 0x30);
    apic_write(APIC_LVT_ERROR, APIC_MASKED | 0x77);
    check_trap(try_wrmsr(MSR_APIC_BASE, base_bits(APIC_BASE_ON | APIC_BASE_X2)), VEC_NONE, "xAPIC to x2APIC");
    check_eq(apic_read(APIC_TPR), 0x30, "TPR is kept");
    check_eq(apic_read(APIC_LVT_ERROR), APIC_MASKED | 0x77, "LVT is kept");
    page_is_a_hole("in x2APIC mode");
    check_eq(apic_read(APIC_TPR), 0x30, "TPR is untouched by that");
    apic_write(APIC_TPR, 0);
}

void test_modes(void)
{
    if (!has_x2apic()) {
        check_trap(try_wrmsr(MSR_APIC_BASE, base_bits(APIC_BASE_ON | APIC_BASE_X2)), VEC_GP, "x2APIC, hidden");
        return;
    }
    if (apic_is_x2())
        report_skip("steps from xAPIC", "firmware enabled x2APIC");
    else
        steps_from_xapic();
    check_eq(rdmsr(MSR_APIC_BASE) & APIC_BASE_BSP, APIC_BASE_BSP, "this is the boot CPU");
    check_trap(try_wrmsr(MSR_APIC_BASE, base_bits(APIC_BASE_ON)), VEC_GP, "x2APIC to xAPIC directly");
    check_trap(try_wrmsr(MSR_APIC_BASE, base_bits(APIC_BASE_X2)), VEC_GP, "x2APIC without EN");
    check(apic_is_x2(), "still x2APIC");
    x2_registers();
}

/* Last: not every machine comes back from a disabled APIC. */
void test_off(void)
{
    uint64_t v;
    check_trap(try_wrmsr(MSR_APIC_BASE, base_bits(0)), VEC_NONE, "APIC disabled");
    check_eq(cpuid(1).edx >> 9 & 1, 0, "CPUID hides a disabled APIC");
    check_trap(try_rdmsr(X2(APIC_ID), &v), VEC_GP, "x2APIC MSRs fault while disabled");
    page_is_a_hole("while disabled");
    check_trap(try_wrmsr(MSR_APIC_BASE, base_bits(APIC_BASE_ON | APIC_BASE_X2)), VEC_GP, "disabled to x2APIC directly");
    check_trap(try_wrmsr(MSR_APIC_BASE, base_bits(APIC_BASE_ON)), VEC_NONE, "disabled to xAPIC");
    check_eq(cpuid(1).edx >> 9 & 1, 1, "CPUID shows the APIC again");
    check_eq(mmio_read(APIC_BASE_ADDRESS + APIC_VERSION) & 0xff, 0x14, "the xAPIC page is back");
    check_eq(apic_read(APIC_SVR) & 0x1ff, 0xff, "SVR after enabling is as after reset");
    check_eq(apic_read(APIC_LVT_ERROR) & APIC_MASKED, APIC_MASKED, "LVT after enabling is masked");
    check_eq(apic_read(APIC_TPR), 0, "TPR after enabling is 0");
    apic_enable();
    trap_set(0x73, on_lapic);
    trap_counts[0x73] = 0;
    apic_icr(APIC_ICR_SELF | APIC_ICR_ASSERT | 0x73);
    sti_window();
    check_eq(trap_counts[0x73], 1, "IPI after enabling");
}
