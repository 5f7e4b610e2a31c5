/* SPDX-License-Identifier: MIT */
/*
 * Event injection (SDM vol. 3, 24.8.3, 26.6, 27.2.4): what the guest is to take next, what has to
 * wait for an interrupt or NMI window, and events whose delivery an exit interrupted.
 */
#include "inject.h"
#include <hw/vmcs.h>
#include "exit.h"
#include "vlapic.h"

/* Exceptions that make a double fault out of a second one (table 6-5). */
#define CONTRIBUTORY (1u << X86_DE | 1u << X86_TS | 1u << X86_NP | 1u << X86_SS | 1u << X86_GP)

static void event_queue(struct vmx_vcpu *v, uint32_t info, uint32_t error)
{
    /* Real mode delivers no error codes, and entry refuses them (26.2.1.3). */
    if (info & INTR_ERROR && !(x86_vmread(VMCS_GUEST_CR0) & CR0_PE))
        info &= ~INTR_ERROR;
    v->event = INTR_VALID | info;
    v->event_error = error;
    v->pending |= PENDING_EVENT;
}

/* A second exception while the queued one was being delivered: true when that settles it. */
static bool event_merge(struct vmx_vcpu *v, unsigned vector)
{
    if ((v->event & INTR_TYPE) != INTR_EXCEPTION)
        return false;
    unsigned first = v->event & INTR_VECTOR;
    bool contributory = CONTRIBUTORY >> vector & 1;

    if (first == X86_DF && (contributory || vector == X86_PF)) {
        v->pending = (v->pending & ~PENDING_EVENT) | PENDING_SHUTDOWN;
        return true;
    }
    if ((contributory && (first == X86_PF || CONTRIBUTORY >> first & 1)) || (vector == X86_PF && first == X86_PF)) {
        event_queue(v, INTR_EXCEPTION | INTR_ERROR | X86_DF, 0);
        return true;
    }
    return false; /* benign: the second goes first, the first comes again by itself */
}

static void event_raise(struct vmx_vcpu *v, uint32_t info, uint32_t error, bool fault)
{
    if (v->pending & PENDING_EVENT && event_merge(v, info & INTR_VECTOR))
        return;
    if (fault) /* the image that is saved has RF set, so that the retry does not hit a code breakpoint again */
        exit_set_rf();
    event_queue(v, INTR_EXCEPTION | info, error);
}

void event_fault(struct vmx_vcpu *v, unsigned vector)
{
    event_raise(v, vector, 0, vector != X86_DB && vector != X86_BP && vector != X86_OF);
}

void event_fault_error(struct vmx_vcpu *v, unsigned vector, uint32_t error)
{
    event_raise(v, vector | INTR_ERROR, error, true);
}

void event_again(struct vmx_vcpu *v, unsigned vector, bool has_error, uint32_t error)
{
    event_raise(v, vector | (has_error ? INTR_ERROR : 0), error, false);
}

bool event_requeue(struct vmx_vcpu *v)
{
    uint32_t info = (uint32_t)x86_vmread(VMCS_IDT_VECTORING_INFO);

    if (!(info & INTR_VALID))
        return false;
    v->event = info & (INTR_VALID | INTR_ERROR | INTR_TYPE | INTR_VECTOR);
    if (info & INTR_ERROR)
        v->event_error = (uint32_t)x86_vmread(VMCS_IDT_VECTORING_ERROR);
    uint32_t type = info & INTR_TYPE;
    if (type >= INTR_SOFT_INT)
        v->event_len = (uint32_t)x86_vmread(VMCS_EXIT_INSN_LEN);
    if (type == INTR_NMI) /* its delivery set the blocking that would now refuse it */
        x86_vmwrite(VMCS_GUEST_INTERRUPTIBILITY,
                    x86_vmread(VMCS_GUEST_INTERRUPTIBILITY) & ~(uint64_t)BLOCKING_NMI);
    v->pending |= PENDING_EVENT;
    return true;
}

bool event_interruptible(const struct vmx_vcpu *v)
{
    return !(v->pending & PENDING_EVENT) && x86_vmread(VMCS_GUEST_RFLAGS) & RFLAGS_IF &&
           !(x86_vmread(VMCS_GUEST_INTERRUPTIBILITY) & (BLOCKING_STI | BLOCKING_MOVSS));
}

bool vmx_vcpu_wakeable(struct vmx_vcpu *v)
{
    mail_take(v);
    if (v->activity == ACTIVITY_ACTIVE)
        return true;
    if (v->pending & (PENDING_EOI | PENDING_IPI | PENDING_SHUTDOWN))
        return true; /* something to tell the VMM */
    if (v->activity != ACTIVITY_HLT)
        return false;
    uint32_t events = v->pending | v->waiting;
    if (events & PENDING_EVENT || (events & PENDING_NMI && v->halt_nmi))
        return true;
    return v->halt_if && (vlapic_deliverable(v) >= 0 || (v->want_extint && vlapic_takes_extint(v)));
}

/* What makes the vCPU leave before it is entered; returns if nothing does. */
static void event_leave(struct vmx_vcpu *v)
{
    if (v->pending & PENDING_SHUTDOWN) {
        v->pending &= ~PENDING_SHUTDOWN;
        vcpu_fill_context(v);
        vcpu_leave_vmm(v, EXIT_SHUTDOWN);
    }
    if (v->pending & PENDING_EOI) {
        v->pending &= ~PENDING_EOI;
        v->page->exit.vector = v->eoi_vector;
        vcpu_leave_vmm(v, EXIT_EOI);
    }
    if (v->pending & PENDING_IPI) {
        v->pending &= ~PENDING_IPI;
        v->page->exit.detail = v->ipi_command;
        v->page->exit.targets = v->ipi_targets;
        vcpu_leave_vmm(v, EXIT_IPI);
    }
    if (v->pending & PENDING_HALT) {
        if (!vmx_vcpu_wakeable(v)) {
            vcpu_save_cr2(v);
            sys_vcpu_halt(v->owner);
        }
        v->activity = ACTIVITY_ACTIVE;
        v->pending &= ~PENDING_HALT;
    }
}

/* The PIC's interrupt: leaves for the vector when the guest can take it, else asks for the window. */
static void event_extint(struct vmx_vcpu *v)
{
    if (!vlapic_takes_extint(v))
        return; /* a change of LINT0 or of the APIC's mode brings us back here */
    if (event_interruptible(v)) {
        v->pending &= ~PENDING_EXTINT;
        vcpu_leave_vmm(v, EXIT_INTR_WINDOW);
    }
    v->waiting |= PENDING_EXTINT;
}

static void event_write(struct vmx_vcpu *v)
{
    x86_vmwrite(VMCS_ENTRY_INTR_INFO, v->event);
    if (v->event & INTR_ERROR)
        x86_vmwrite(VMCS_ENTRY_INTR_ERROR, v->event_error);
    if ((v->event & INTR_TYPE) >= INTR_SOFT_INT)
        x86_vmwrite(VMCS_ENTRY_INSN_LEN, v->event_len);
    v->stats.injected++;
}

static void event_nmi(struct vmx_vcpu *v)
{
    uint64_t blocking = x86_vmread(VMCS_GUEST_INTERRUPTIBILITY);

    /* STI need not hold an NMI back, and its window may open under STI at once, for ever (24.6.2). */
    if (v->pending & PENDING_EVENT || blocking & (BLOCKING_NMI | BLOCKING_MOVSS)) {
        v->waiting |= PENDING_NMI;
    } else {
        x86_vmwrite(VMCS_GUEST_INTERRUPTIBILITY, blocking & ~(uint64_t)BLOCKING_STI);
        v->event = INTR_VALID | INTR_NMI | X86_NMI;
        v->pending |= PENDING_EVENT;
    }
}

/* Without virtual-interrupt delivery: take the best request, or wait for the window or the TPR. */
static void event_irq(struct vmx_vcpu *v)
{
    int vector = vlapic_deliverable(v);
    uint32_t threshold = 0;

    if (vector >= 0 && event_interruptible(v)) {
        vlapic_accept(v, (unsigned)vector);
        v->event = INTR_VALID | INTR_EXTERNAL | (uint32_t)vector;
        v->pending |= PENDING_EVENT;
    } else if (vector >= 0) {
        v->waiting |= PENDING_IRQ;
    } else {
        int requested = vlapic_requested(v);
        uint32_t tpr = *apic_reg(v, APIC_TPR) & 0xffu;
        if (requested >= 0 && (uint32_t)requested >> 4 <= tpr >> 4)
            threshold = (uint32_t)requested >> 4; /* 29.1.2: exit when TPR falls below */
    }
    if (v->tpr_threshold != threshold && v->proc & PROC_TPR_SHADOW) {
        v->tpr_threshold = threshold;
        x86_vmwrite(VMCS_TPR_THRESHOLD, threshold);
    }
}

void event_prepare(struct vmx_vcpu *v)
{
    if (v->pending == PENDING_IRQ && !v->waiting && apicv_delivers()) { /* the common case */
        v->pending = 0;
        apicv_sync(v);
        return;
    }
    v->pending |= v->waiting;
    v->waiting = 0;
    if (v->pending & (PENDING_SHUTDOWN | PENDING_EOI | PENDING_IPI | PENDING_HALT))
        event_leave(v);
    if (v->pending & PENDING_EXTINT)
        event_extint(v);
    if (v->pending & PENDING_NMI)
        event_nmi(v);
    if (v->pending & PENDING_IRQ) {
        if (apicv_delivers())
            apicv_sync(v);
        else
            event_irq(v);
    }
    if (v->pending & PENDING_EVENT)
        event_write(v);
    v->pending = 0;

    uint32_t proc = v->proc & ~(PROC_INTR_WINDOW | PROC_NMI_WINDOW);
    if (v->waiting & (PENDING_IRQ | PENDING_EXTINT))
        proc |= PROC_INTR_WINDOW;
    if (v->waiting & PENDING_NMI)
        proc |= PROC_NMI_WINDOW;
    vcpu_proc_set(v, proc);
}
