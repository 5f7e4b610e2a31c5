// SPDX-License-Identifier: MIT
// Error status, LVT entries, spurious-interrupt register, version and reserved registers.
#include "t_irq.h"

#define VEC_ERROR 0x72

static uint32_t error_status(void)
{
    apic_write(APIC_ESR, 0);
    return apic_read(APIC_ESR);
}

static void illegal_vectors(void)
{
    error_status();
    error_status();
    trap_counts[VEC_ERROR] = 0;
    trap_set(VEC_ERROR, on_lapic);
    apic_write(APIC_LVT_ERROR, VEC_ERROR);
    apic_icr(APIC_ICR_SELF | APIC_ICR_ASSERT | 5);
    sti_window();
    check_eq(trap_counts[VEC_ERROR], 1, "an IPI with vector 5 raises the error interrupt");
    uint32_t status = error_status();
    check((status & 0x60) && !(status & ~0x60u), "ESR: illegal vector");
    check_eq(error_status(), 0, "ESR is clear after the next write");
    apic_write(APIC_LVT_TIMER, APIC_MASKED | 3);
    apic_write(APIC_LVT_ERROR, APIC_MASKED | VEC_ERROR);
    error_status();
    error_status();
}

static void lvt(void)
{
    static const uint16_t regs[] = {APIC_LVT_TIMER, APIC_LVT_LINT0, APIC_LVT_LINT1, APIC_LVT_ERROR};
    unsigned last = apic_read(APIC_VERSION) >> 16 & 0xff;
    check_range(last, 3, 6, "number of LVT entries");
    check_range(apic_read(APIC_VERSION) & 0xff, 0x10, 0x15, "version of an integrated APIC");
    for (unsigned i = 0; i < 4; i++) {
        uint32_t old = apic_read(regs[i]);
        apic_write(regs[i], APIC_MASKED | 0x84);
        check_eq(apic_read(regs[i]), APIC_MASKED | 0x84, "LVT at 0x%x holds a vector", regs[i]);
        apic_write(regs[i], APIC_MASKED | 0x84 | 0x1000 * !apic_is_x2());
        check_eq(apic_read(regs[i]) & 0x1000, 0, "delivery status is read-only");
        apic_write(regs[i], old);
    }
}

static void spurious_register(void)
{
    apic_write(APIC_SVR, APIC_SVR_ON | 0xef);
    check_eq(apic_read(APIC_SVR) & 0x1ff, APIC_SVR_ON | 0xef, "SVR holds a vector");
    apic_write(APIC_LVT_ERROR, VEC_ERROR);
    apic_write(APIC_SVR, 0xff);
    check_eq(apic_read(APIC_LVT_ERROR) & APIC_MASKED, APIC_MASKED, "software disable masks the LVT");
    apic_write(APIC_LVT_ERROR, VEC_ERROR);
    check_eq(apic_read(APIC_LVT_ERROR) & APIC_MASKED, APIC_MASKED, "and it cannot be unmasked");
    apic_write(APIC_SVR, APIC_SVR_ON | 0xff);
    check_eq(apic_read(APIC_LVT_ERROR) & APIC_MASKED, APIC_MASKED, "it stays masked when enabled again");
}

void test_error(void)
{
    apic_enable();
    illegal_vectors();
    lvt();
    spurious_register();
    apic_eoi(); /* nothing in service: no effect */
    check_eq(error_status(), 0, "an EOI too many is no error");
}

void test_x2error(void)
{
    if (!has_x2apic()) {
        report_skip("x2APIC error", "no x2APIC");
        return;
    }
    apic_mode(APIC_BASE_ON | APIC_BASE_X2);
    apic_enable();
    illegal_vectors();
    lvt();
    spurious_register();
}
