/* SPDX-License-Identifier: MIT */
/* The local APIC of a vCPU; its registers live in the virtual-APIC page, with APICv or without. */
#ifndef VMX_VLAPIC_H
#define VMX_VLAPIC_H

#include <hw/apic.h>
#include <hw/msr.h>
#include "caps.h"
#include "vcpu.h"

static inline uint32_t *apic_reg(const struct vmx_vcpu *v, unsigned offset)
{
    return &v->apic[offset / 4];
}

static inline bool apic_enabled(const struct vmx_vcpu *v)
{
    return v->apic_base & APIC_BASE_ENABLE;
}

static inline bool apic_is_x2(const struct vmx_vcpu *v)
{
    return (v->apic_base & (APIC_BASE_ENABLE | APIC_BASE_X2APIC)) == (APIC_BASE_ENABLE | APIC_BASE_X2APIC);
}

static inline bool apic_software_enabled(const struct vmx_vcpu *v)
{
    return apic_enabled(v) && (*apic_reg(v, APIC_SVR) & APIC_SVR_ENABLE);
}

/* vlapic.c */
void vlapic_reset(struct vmx_vcpu *v);
void vlapic_irq(struct vmx_vcpu *v, unsigned vector, bool level);
/* All vectors base + n of the bits n; level: which of them are level-triggered. */
void vlapic_irqs(struct vmx_vcpu *v, unsigned base, uint64_t bits, uint64_t level);
/* Highest vector that the guest's TPR and ISR let through, or -1. */
int vlapic_deliverable(struct vmx_vcpu *v);
/* Highest requested vector whatever the priority, or -1. */
int vlapic_requested(struct vmx_vcpu *v);
/* Highest vector in service, or -1. */
int vlapic_in_service(struct vmx_vcpu *v);
void vlapic_accept(struct vmx_vcpu *v, unsigned vector);
void vlapic_eoi(struct vmx_vcpu *v);
void vlapic_error(struct vmx_vcpu *v, uint32_t esr_bit);
void vlapic_lvt_fire(struct vmx_vcpu *v, unsigned offset);
bool vlapic_takes_extint(const struct vmx_vcpu *v);
void vlapic_set_tpr(struct vmx_vcpu *v, uint32_t tpr);
uint32_t vlapic_ppr(struct vmx_vcpu *v);
bool vlapic_set_base(struct vmx_vcpu *v, uint64_t base);

/* vlapic_ipi.c: the interrupt command register was written */
void apic_send_ipi(struct vmx_vcpu *v, uint32_t command, uint32_t destination);
void mail_open(struct vmx_vcpu *v);
/* On the vCPU's own CPU, outside the guest: what lies in the mailbox into the local APIC. */
static inline void mail_take(struct vmx_vcpu *v)
{
    if (__builtin_expect(v->mail.on | v->mail.other, 0))
        mail_open(v);
}

/* vlapic_reg.c: register access; false = the access is not allowed in this mode (#GP or ESR) */
bool vlapic_read(struct vmx_vcpu *v, unsigned offset, uint64_t *value);
bool vlapic_write(struct vmx_vcpu *v, unsigned offset, uint64_t value);
/* After the CPU has stored a value in the page by itself (APIC-write exit). */
void vlapic_written(struct vmx_vcpu *v, unsigned offset);

/* vlapic_timer.c */
void timer_reset(struct vmx_vcpu *v);
void timer_lvt_written(struct vmx_vcpu *v);
void timer_initial_written(struct vmx_vcpu *v);
void timer_divide_written(struct vmx_vcpu *v);
uint32_t timer_current(const struct vmx_vcpu *v);
void timer_deadline_write(struct vmx_vcpu *v, uint64_t guest_tsc);
/* The guest's TSC jumped. */
void timer_tsc_changed(struct vmx_vcpu *v);

/* apicv.c */
void apicv_mode(struct vmx_vcpu *v);
void apicv_note(struct vmx_vcpu *v);
void apicv_sync(struct vmx_vcpu *v);
void apicv_eoi_exit(struct vmx_vcpu *v, unsigned vector, bool level);

static inline bool apicv_delivers(void)
{
    return vmx_caps.proc2 & PROC2_VIRTUAL_INTR;
}

#endif
