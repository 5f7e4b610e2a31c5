/* SPDX-License-Identifier: MIT */
/* Interrupt messages between vCPUs and from devices: who is meant, and delivery (SDM vol. 3, 10.6, 10.12.10). */
#include "vlapic.h"

#define EVERYBODY (~0u) /* as destination: broadcast in x2APIC form */

static bool logical_match(const struct vmx_vcpu *v, uint32_t destination)
{
    uint32_t ldr = *apic_reg(v, APIC_LDR);

    if (apic_is_x2(v))
        return ldr >> 16 == destination >> 16 && ldr & destination & 0xffffu;
    uint32_t own = ldr >> 24;
    if (*apic_reg(v, APIC_DFR) >> 28 == 0xf) /* flat model */
        return own & destination;
    return (own >> 4 == destination >> 4 || destination >> 4 == 0xf) && own & destination & 0xf;
}

static bool targets(const struct vmx_vcpu *v, const struct vmx_vcpu *sender, uint32_t command, uint32_t destination)
{
    switch (command & APIC_ICR_SHORTHAND) {
    case APIC_ICR_SELF: return v == sender;
    case APIC_ICR_ALL: return true;
    case APIC_ICR_OTHERS: return v != sender;
    }
    if (destination == EVERYBODY)
        return true;
    return command & APIC_ICR_LOGICAL ? logical_match(v, destination) : destination == v->id;
}

void mail_open(struct vmx_vcpu *v)
{
    struct vcpu_mail *m = &v->mail;

    __atomic_store_n(&m->on, 0, __ATOMIC_SEQ_CST);
    uint32_t other = __atomic_exchange_n(&m->other, 0, __ATOMIC_SEQ_CST);
    if (other & MAIL_NMI)
        v->pending |= PENDING_NMI;
    for (unsigned i = 0; i < 4; i++) {
        if (m->pir[i])
            vlapic_irqs(v, 64 * i, __atomic_exchange_n(&m->pir[i], 0, __ATOMIC_SEQ_CST), 0);
        if (other & MAIL_LEVEL)
            vlapic_irqs(v, 64 * i, __atomic_exchange_n(&m->level[i], 0, __ATOMIC_SEQ_CST), ~0ull);
    }
}

static bool raise(uint32_t *flags, uint32_t bit)
{
    return !(__atomic_fetch_or(flags, bit, __ATOMIC_SEQ_CST) & bit);
}

/* Into the mailbox: v may run anywhere. */
static void post(struct vmx_vcpu *v, uint32_t command)
{
    struct vcpu_mail *m = &v->mail;
    unsigned vector = command & 0xffu;
    uint64_t bit = 1ull << vector % 64;

    if ((command & APIC_LVT_MODE) == APIC_MODE_NMI) {
        if (raise(&m->other, MAIL_NMI))
            sys_vcpu_notify(v->owner, false);
    } else if (command & APIC_ICR_LEVEL) {
        __atomic_fetch_or(&m->level[vector / 64], bit, __ATOMIC_SEQ_CST);
        if (raise(&m->other, MAIL_LEVEL))
            sys_vcpu_notify(v->owner, false);
    } else {
        __atomic_fetch_or(&m->pir[vector / 64], bit, __ATOMIC_SEQ_CST);
        if (raise(&m->on, 1))
            sys_vcpu_notify(v->owner, vmx_caps.pin & PIN_POSTED);
    }
}

static void deliver(struct vmx_vcpu *v, const struct vmx_vcpu *sender, uint32_t command)
{
    if (v != sender)
        post(v, command);
    else if ((command & APIC_LVT_MODE) == APIC_MODE_NMI)
        v->pending |= PENDING_NMI;
    else
        vlapic_irq(v, command & 0xffu, false);
}

/* Of those that are meant, the one with the lowest task priority; the first of several. */
static struct vmx_vcpu *lower(struct vmx_vcpu *best, struct vmx_vcpu *v)
{
    return !best || *apic_reg(v, APIC_TPR) >> 4 < *apic_reg(best, APIC_TPR) >> 4 ? v : best;
}

static unsigned send(const struct vmx_peers *peers, struct vmx_vcpu *sender, uint32_t command, uint32_t destination)
{
    struct vmx_vcpu *best = NULL;
    uint32_t mode = command & APIC_LVT_MODE;
    unsigned count = 0;

    for (struct vmx_vcpu *v = __atomic_load_n(&peers->first, __ATOMIC_ACQUIRE); v; v = v->next) {
        if (!targets(v, sender, command, destination) || (mode != APIC_MODE_NMI && !apic_software_enabled(v)))
            continue;
        if (mode == APIC_MODE_LOWEST) {
            best = lower(best, v);
        } else {
            deliver(v, sender, command);
            count++;
        }
    }
    if (best)
        deliver(best, sender, command);
    return count + (best != NULL);
}

unsigned vmx_message(const struct vmx_peers *peers, uint32_t command, uint32_t destination)
{
    uint32_t mode = command & APIC_LVT_MODE;

    if ((mode > APIC_MODE_LOWEST && mode != APIC_MODE_NMI) || command & APIC_ICR_SHORTHAND)
        return 0;
    return send(peers, NULL, command, destination);
}

/* INIT, start-up and what has no meaning here: the VMM, which alone can stop and start threads, is told. */
static void tell_vmm(struct vmx_vcpu *v, uint32_t command, uint32_t destination)
{
    v->ipi_command = command;
    v->ipi_targets = 0;
    for (struct vmx_vcpu *to = __atomic_load_n(&v->peers->first, __ATOMIC_ACQUIRE); to; to = to->next)
        if (targets(to, v, command, destination))
            v->ipi_targets |= 1ull << to->id;
    v->pending |= PENDING_IPI;
}

void apic_send_ipi(struct vmx_vcpu *v, uint32_t command, uint32_t destination)
{
    uint32_t mode = command & APIC_LVT_MODE;

    if (!apic_is_x2(v) && !(command & APIC_ICR_LOGICAL) && destination == 0xff)
        destination = EVERYBODY;
    if (mode <= APIC_MODE_LOWEST && (command & 0xffu) < 16)
        vlapic_error(v, APIC_ESR_SEND_VECTOR);
    else if (mode <= APIC_MODE_LOWEST || mode == APIC_MODE_NMI)
        (void)send(v->peers, v, command & ~APIC_ICR_LEVEL, destination);
    else
        tell_vmm(v, command, destination);
}
