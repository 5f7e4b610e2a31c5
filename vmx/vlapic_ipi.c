/* SPDX-License-Identifier: MIT */
/* Interrupt command register: who is meant, and delivery (SDM vol. 3, 10.6, 10.12.10). A VM has one vCPU today. */
#include "vlapic.h"

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

static bool destination_match(const struct vmx_vcpu *v, uint32_t command, uint32_t destination)
{
    if (destination == (apic_is_x2(v) ? ~0u : 0xffu))
        return true;
    return command & APIC_ICR_LOGICAL ? logical_match(v, destination) : destination == v->id;
}

static bool targets(const struct vmx_vcpu *v, const struct vmx_vcpu *sender, uint32_t command, uint32_t destination)
{
    switch (command & APIC_ICR_SHORTHAND) {
    case APIC_ICR_SELF: return v == sender;
    case APIC_ICR_ALL: return true;
    case APIC_ICR_OTHERS: return v != sender;
    default: return destination_match(v, command, destination);
    }
}

/* INIT and start-up IPIs reach other vCPUs only. */
static void deliver(struct vmx_vcpu *v, uint32_t command)
{
    switch (command & APIC_LVT_MODE) {
    case APIC_MODE_FIXED:
    case APIC_MODE_LOWEST:
        vlapic_irq(v, command & 0xffu, false);
        break;
    case APIC_MODE_NMI:
        v->pending |= PENDING_NMI;
        break;
    }
}

void apic_send_ipi(struct vmx_vcpu *v, uint32_t command, uint32_t destination)
{
    uint32_t mode = command & APIC_LVT_MODE;

    if (mode <= APIC_MODE_LOWEST && (command & 0xffu) < 16) {
        vlapic_error(v, APIC_ESR_SEND_VECTOR);
        return;
    }
    if (targets(v, v, command, destination))
        deliver(v, command);
}
