/* SPDX-License-Identifier: MIT */
/* Local APIC registers: what may be read and written in xAPIC and x2APIC mode (SDM vol. 3, tables 10-1, 10-6). */
#include "vlapic.h"

#define REG(offset)  (1ull << (offset) / 16)
#define REGS(offset) (0xffull << (offset) / 16) /* eight of them: ISR, TMR, IRR */

#define READ_BOTH                                                                                  \
    (REG(APIC_ID) | REG(APIC_VERSION) | REG(APIC_TPR) | REG(APIC_PPR) | REG(APIC_LDR) |            \
     REG(APIC_SVR) | REGS(APIC_ISR) | REGS(APIC_TMR) | REGS(APIC_IRR) | REG(APIC_ESR) |            \
     REG(APIC_ICR) | (0x7full << APIC_LVT_TIMER / 16) | REG(APIC_TIMER_CURRENT) | REG(APIC_TIMER_DIVIDE))
#define READ_XAPIC (READ_BOTH | REG(APIC_APR) | REG(APIC_EOI) | REG(APIC_RRD) | REG(APIC_DFR) | REG(APIC_ICR_HIGH))

#define WRITE_BOTH                                                                                 \
    (REG(APIC_TPR) | REG(APIC_EOI) | REG(APIC_SVR) | REG(APIC_ESR) | REG(APIC_ICR) |               \
     (0x7full << APIC_LVT_TIMER / 16) | REG(APIC_TIMER_DIVIDE))
#define WRITE_X2APIC (WRITE_BOTH | REG(APIC_SELF_IPI))
#define WRITE_XAPIC  (WRITE_BOTH | REG(APIC_ID) | REG(APIC_LDR) | REG(APIC_DFR) | REG(APIC_ICR_HIGH))

/* Bits that are not reserved; in x2APIC mode a reserved one that is set faults, in xAPIC mode it is dropped. */
static const uint32_t defined_bits[0x40] = {
    [APIC_TPR / 16] = 0xff,
    [APIC_LDR / 16] = 0xff000000,
    [APIC_DFR / 16] = 0xf0000000,
    [APIC_SVR / 16] = 0x3ff,
    [APIC_ICR / 16] = 0x000ccfff,
    [APIC_ICR_HIGH / 16] = 0xff000000,
    [APIC_LVT_TIMER / 16] = 0x710ff,
    [APIC_LVT_THERMAL / 16] = 0x117ff,
    [APIC_LVT_PMC / 16] = 0x117ff,
    [APIC_LVT_LINT0 / 16] = 0x1f7ff,
    [APIC_LVT_LINT1 / 16] = 0x1f7ff,
    [APIC_LVT_ERROR / 16] = 0x110ff,
    [APIC_TIMER_INITIAL / 16] = ~0u,
    [APIC_TIMER_DIVIDE / 16] = 0xb,
    [APIC_SELF_IPI / 16] = 0xff,
};

/* Clearing the software-enable bit masks every LVT entry (10.4.7.2). */
static void write_svr(struct vmx_vcpu *v, uint32_t value)
{
    *apic_reg(v, APIC_SVR) = value;
    if (!(value & APIC_SVR_ENABLE))
        for (unsigned lvt = APIC_LVT_TIMER; lvt <= APIC_LVT_ERROR; lvt += 16)
            *apic_reg(v, lvt) |= APIC_LVT_MASKED;
    v->irr_sum = 0xff;
    v->status_dirty = true;
    v->pending |= PENDING_IRQ;
}

static void write_lvt(struct vmx_vcpu *v, unsigned offset, uint32_t value)
{
    value &= ~(APIC_LVT_PENDING | APIC_LVT_REMOTE_IRR); /* read-only */
    if (!apic_software_enabled(v))
        value |= APIC_LVT_MASKED;
    *apic_reg(v, offset) = value;
    if (offset == APIC_LVT_TIMER)
        timer_lvt_written(v);
    else if (offset == APIC_LVT_LINT0 && v->want_extint)
        v->pending |= PENDING_EXTINT;
}

/* value has defined bits only; high: destination of the ICR in x2APIC form. */
static void apply(struct vmx_vcpu *v, unsigned offset, uint32_t value, uint32_t high)
{
    uint32_t *reg = apic_reg(v, offset);

    switch (offset) {
    case APIC_EOI: vlapic_eoi(v); break;
    case APIC_TPR: vlapic_set_tpr(v, value); break;
    case APIC_ID: *reg = v->id << 24; break; /* fixed */
    case APIC_DFR: *reg = value | 0x0fffffffu; break;
    case APIC_SVR: write_svr(v, value); break;
    case APIC_ESR: *reg = v->esr; v->esr = 0; break;
    case APIC_ICR:
        *reg = value & ~APIC_ICR_BUSY;
        apic_send_ipi(v, value, high);
        break;
    case APIC_SELF_IPI: vlapic_irq(v, value, false); break;
    case APIC_TIMER_INITIAL: *reg = value; timer_initial_written(v); break;
    case APIC_TIMER_DIVIDE: *reg = value; timer_divide_written(v); break;
    case APIC_LDR:
    case APIC_ICR_HIGH: *reg = value; break;
    default: write_lvt(v, offset, value); break;
    }
}

static bool write_x2apic(struct vmx_vcpu *v, unsigned offset, uint64_t value)
{
    if (!(WRITE_X2APIC >> offset / 16 & 1) || (uint32_t)value & ~defined_bits[offset / 16])
        return false;
    if (offset == APIC_ICR)
        *apic_reg(v, APIC_ICR + 4) = (uint32_t)(value >> 32);
    else if (value >> 32)
        return false;
    apply(v, offset, (uint32_t)value, (uint32_t)(value >> 32));
    return true;
}

bool vlapic_write(struct vmx_vcpu *v, unsigned offset, uint64_t value)
{
    if (apic_is_x2(v))
        return write_x2apic(v, offset, value);
    if (offset >= 0x400 || !(WRITE_XAPIC >> offset / 16 & 1))
        vlapic_error(v, APIC_ESR_REGISTER);
    else
        apply(v, offset, (uint32_t)value & defined_bits[offset / 16], *apic_reg(v, APIC_ICR_HIGH) >> 24);
    return true;
}

void vlapic_written(struct vmx_vcpu *v, unsigned offset)
{
    uint64_t value = *apic_reg(v, offset & 0xff0u);

    if (apic_is_x2(v)) /* SELF IPI only; reserved bits fault before the exit */
        (void)write_x2apic(v, offset & 0xff0u, value & 0xff);
    else
        (void)vlapic_write(v, offset & 0xff0u, value);
}

bool vlapic_read(struct vmx_vcpu *v, unsigned offset, uint64_t *value)
{
    bool x2 = apic_is_x2(v);

    *value = 0;
    if (offset >= 0x400 || !((x2 ? READ_BOTH : READ_XAPIC) >> offset / 16 & 1)) {
        if (!x2)
            vlapic_error(v, APIC_ESR_REGISTER);
        return !x2;
    }
    if (offset == APIC_PPR)
        *value = vlapic_ppr(v);
    else if (offset == APIC_TIMER_CURRENT)
        *value = timer_current(v);
    else
        *value = *apic_reg(v, offset);
    if (x2 && offset == APIC_ICR)
        *value |= (uint64_t)*apic_reg(v, APIC_ICR + 4) << 32;
    return true;
}

enum status vmx_vcpu_apic(struct vmx_vcpu *v, uint32_t offset, bool write, uint32_t *value)
{
    uint64_t wide = *value;

    if (offset & 0xf || offset >= PAGE_BYTES)
        return ERR_INVALID;
    if (!apic_enabled(v) || apic_is_x2(v))
        return ERR_STATE;
    if (write)
        return vlapic_write(v, offset, wide) ? OK : ERR_INVALID;
    bool ok = vlapic_read(v, offset, &wide);
    *value = (uint32_t)wide;
    return ok ? OK : ERR_INVALID;
}
