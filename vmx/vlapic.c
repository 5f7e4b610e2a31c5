/* SPDX-License-Identifier: MIT */
/*
 * Local APIC: acceptance, priority and end of interrupts, and the modes of IA32_APIC_BASE
 * (SDM vol. 3, 10.4, 10.8, 10.12). Requests may come while the vCPU is not loaded: they only
 * change the virtual-APIC page and v->pending.
 */
#include "vlapic.h"
#include <hw/cpuid.h>
#include <lib/string.h>

#define APIC_VERSION_VALUE 0x00050014u /* integrated, six LVT entries, no EOI-broadcast suppression */

static uint32_t *vector_word(const struct vmx_vcpu *v, unsigned base, unsigned vector)
{
    return apic_reg(v, base + vector / 32 * 16);
}

static uint32_t vector_bit(unsigned vector)
{
    return 1u << vector % 32;
}

/* Highest bit of IRR or ISR, -1 = none; sum names the words worth looking at and is narrowed. */
static int highest(const struct vmx_vcpu *v, unsigned base, uint32_t *sum)
{
    while (*sum) {
        unsigned word = 31 - (unsigned)__builtin_clz(*sum);
        uint32_t bits = *apic_reg(v, base + 16 * word);
        if (bits)
            return (int)(32 * word + 31 - (unsigned)__builtin_clz(bits));
        *sum &= ~(1u << word);
    }
    return -1;
}

/* With virtual-interrupt delivery the CPU sets bits by itself: look at all words. */
int vlapic_in_service(struct vmx_vcpu *v)
{
    if (apicv_delivers())
        v->isr_sum = 0xff;
    return highest(v, APIC_ISR, &v->isr_sum);
}

int vlapic_requested(struct vmx_vcpu *v)
{
    if (apicv_delivers())
        v->irr_sum = 0xff;
    return highest(v, APIC_IRR, &v->irr_sum);
}

uint32_t vlapic_ppr(struct vmx_vcpu *v)
{
    uint32_t tpr = *apic_reg(v, APIC_TPR) & 0xffu;
    int isr = vlapic_in_service(v);
    uint32_t service = isr < 0 ? 0 : (uint32_t)isr & 0xf0u;

    return (tpr & 0xf0u) >= service ? tpr : service;
}

/* With virtual-interrupt delivery only halted vCPUs are asked, and exit_hlt noted what the CPU had. */
int vlapic_deliverable(struct vmx_vcpu *v)
{
    bool noted = apicv_delivers() && !v->status_dirty;
    int vector = noted ? v->rvi : vlapic_requested(v);

    if (vector <= 0 || !apic_software_enabled(v))
        return -1;
    uint32_t ppr = noted ? v->svi : vlapic_ppr(v), tpr = *apic_reg(v, APIC_TPR);
    return (uint32_t)vector >> 4 > (ppr & 0xffu) >> 4 && (uint32_t)vector >> 4 > (tpr & 0xffu) >> 4 ? vector : -1;
}

void vlapic_irq(struct vmx_vcpu *v, unsigned vector, bool level)
{
    if (!apic_software_enabled(v))
        return;
    if (vector < 16) {
        vlapic_error(v, APIC_ESR_RECEIVE_VECTOR);
        return;
    }
    uint32_t bit = vector_bit(vector), *word = vector_word(v, 0, vector);
    word[APIC_IRR / 4] |= bit;
    v->irr_sum |= 1u << vector / 32;
    if (v->rvi < vector)
        v->rvi = (uint8_t)vector;
    v->pending |= PENDING_IRQ;
    if (level == !!(word[APIC_TMR / 4] & bit))
        return;
    word[APIC_TMR / 4] ^= bit;
    if (apicv_delivers())
        apicv_eoi_exit(v, vector, level);
}

void vlapic_irqs(struct vmx_vcpu *v, unsigned base, uint64_t bits, uint64_t level)
{
    for (; bits; bits &= bits - 1) {
        unsigned bit = (unsigned)__builtin_ctzll(bits);
        vlapic_irq(v, base + bit, level >> bit & 1);
    }
}

void vlapic_accept(struct vmx_vcpu *v, unsigned vector)
{
    *vector_word(v, APIC_IRR, vector) &= ~vector_bit(vector);
    *vector_word(v, APIC_ISR, vector) |= vector_bit(vector);
    v->isr_sum |= 1u << vector / 32;
}

void vlapic_eoi(struct vmx_vcpu *v)
{
    int vector = vlapic_in_service(v);

    if (vector < 0)
        return;
    *vector_word(v, APIC_ISR, (unsigned)vector) &= ~vector_bit((unsigned)vector);
    v->status_dirty = true;
    if (*vector_word(v, APIC_TMR, (unsigned)vector) & vector_bit((unsigned)vector)) {
        v->eoi_vector = (uint8_t)vector;
        v->pending |= PENDING_EOI;
    }
    if (v->irr_sum || apicv_delivers())
        v->pending |= PENDING_IRQ;
}

void vlapic_set_tpr(struct vmx_vcpu *v, uint32_t tpr)
{
    *apic_reg(v, APIC_TPR) = tpr & 0xffu;
    v->status_dirty = true;
    if (v->irr_sum || apicv_delivers())
        v->pending |= PENDING_IRQ;
}

/* An error is reported once until the guest reads and clears ESR: no storm, no recursion. */
void vlapic_error(struct vmx_vcpu *v, uint32_t esr_bit)
{
    if (v->esr & esr_bit)
        return;
    v->esr |= esr_bit;
    vlapic_lvt_fire(v, APIC_LVT_ERROR);
}

void vlapic_lvt_fire(struct vmx_vcpu *v, unsigned offset)
{
    uint32_t lvt = *apic_reg(v, offset);

    if (lvt & APIC_LVT_MASKED || !apic_enabled(v))
        return;
    bool has_mode = offset != APIC_LVT_TIMER && offset != APIC_LVT_ERROR;
    uint32_t mode = has_mode ? lvt & APIC_LVT_MODE : APIC_MODE_FIXED;
    if (mode == APIC_MODE_FIXED)
        vlapic_irq(v, lvt & APIC_LVT_VECTOR, false);
    else if (mode == APIC_MODE_NMI)
        v->pending |= PENDING_NMI;
}

/* The PIC is wired to LINT0, or straight to the CPU when the APIC is off. */
bool vlapic_takes_extint(const struct vmx_vcpu *v)
{
    uint32_t lint0 = *apic_reg(v, APIC_LVT_LINT0);

    return !apic_enabled(v) || (!(lint0 & APIC_LVT_MASKED) && (lint0 & APIC_LVT_MODE) == APIC_MODE_EXTINT);
}

static void registers_reset(struct vmx_vcpu *v)
{
    memset(v->apic, 0, PAGE_BYTES);
    *apic_reg(v, APIC_ID) = v->id << 24;
    *apic_reg(v, APIC_VERSION) = APIC_VERSION_VALUE;
    *apic_reg(v, APIC_DFR) = ~0u;
    *apic_reg(v, APIC_SVR) = 0xff;
    for (unsigned lvt = APIC_LVT_TIMER; lvt <= APIC_LVT_ERROR; lvt += 16)
        *apic_reg(v, lvt) = APIC_LVT_MASKED;
    for (unsigned i = 0; i < 4; i++)
        v->eoi_exit[i] = 0;
    v->irr_sum = v->isr_sum = v->esr = 0;
    v->status_dirty = true;
    v->pending |= PENDING_IRQ;
    timer_reset(v);
}

void vlapic_reset(struct vmx_vcpu *v)
{
    v->apic_base = APIC_DEFAULT_BASE | APIC_BASE_ENABLE | (v->id == 0 ? APIC_BASE_BSP : 0);
    registers_reset(v);
    apicv_mode(v);
}

/* xAPIC -> x2APIC keeps the state; ID and LDR take their 32-bit forms (10.12.5.1, 10.12.10.2). */
static void enter_x2apic(struct vmx_vcpu *v)
{
    *apic_reg(v, APIC_ID) = v->id;
    *apic_reg(v, APIC_LDR) = (v->id & ~0xfu) << 12 | 1u << (v->id & 0xf);
    *apic_reg(v, APIC_ICR + 4) = *apic_reg(v, APIC_ICR_HIGH) >> 24;
}

/*
 * IA32_APIC_BASE. Which steps software may take (figure 10-27) is the VMM's to check; those but xAPIC to x2APIC are
 * resets. The address cannot be moved here.
 */
bool vlapic_set_base(struct vmx_vcpu *v, uint64_t base)
{
    uint64_t mode = base & (APIC_BASE_ENABLE | APIC_BASE_X2APIC), changed = base ^ v->apic_base;

    if (base & ~(APIC_BASE_ADDRESS | APIC_BASE_ENABLE | APIC_BASE_X2APIC | APIC_BASE_BSP) ||
        (base & APIC_BASE_ADDRESS) != APIC_DEFAULT_BASE)
        return false;
    if (mode == APIC_BASE_X2APIC || (mode & APIC_BASE_X2APIC && !(v->cpuid->basic[1].ecx & CPUID_1C_X2APIC)))
        return false;
    bool kept = apic_enabled(v) && mode & APIC_BASE_X2APIC;
    v->apic_base = base;
    if (!(changed & (APIC_BASE_ENABLE | APIC_BASE_X2APIC)))
        return true;
    if (!kept)
        registers_reset(v);
    if (apic_is_x2(v))
        enter_x2apic(v);
    if (v->want_extint)
        v->pending |= PENDING_EXTINT;
    apicv_mode(v);
    return true;
}
