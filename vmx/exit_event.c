/* SPDX-License-Identifier: MIT */
/* Exits by events: exceptions, interrupts, windows, HLT, task switches, VMCALL, and instructions not offered. */
#include <hw/vmcs.h>
#include <sys/log.h>
#include "exit.h"
#include "inject.h"
#include "vlapic.h"

#define DR6_QUALIFICATION 0x600full /* B0-B3, BD, BS as in the exit qualification */
#define DR6_BREAKPOINTS 0xfull
#define NO_BLOCKING (~(uint64_t)(BLOCKING_STI | BLOCKING_MOVSS))

/* INT1: the only #DB that is an instruction; it traps behind itself and leaves DR6 alone. */
static void exit_int1(struct vmx_vcpu *v)
{
    v->event = INTR_VALID | INTR_PRIV_SOFT | X86_DB;
    v->event_len = (uint32_t)x86_vmread(VMCS_EXIT_INSN_LEN);
    v->pending |= PENDING_EVENT;
}

/* The exit came before DR6, DR7 and DEBUGCTL changed (27.1): change them and deliver. */
static void exit_debug(struct vmx_vcpu *v)
{
    uint64_t bits = x86_vmread(VMCS_EXIT_QUALIFICATION) & DR6_QUALIFICATION;

    x86_write_dr6((x86_read_dr6() & ~0xfull) | bits);
    x86_vmwrite(VMCS_GUEST_DR7, x86_vmread(VMCS_GUEST_DR7) & ~DR7_GD);
    x86_vmwrite(VMCS_GUEST_DEBUGCTL, 0);
    /* Blocking with TF set would make entry ask for a pending single-step, which this one is (26.3.1.5). */
    x86_vmwrite(VMCS_GUEST_INTERRUPTIBILITY, x86_vmread(VMCS_GUEST_INTERRUPTIBILITY) & NO_BLOCKING);
    event_again(v, X86_DB, false, 0);
}

void exit_exception(struct vmx_vcpu *v)
{
    uint32_t info = (uint32_t)x86_vmread(VMCS_EXIT_INTR_INFO);
    unsigned vector = info & INTR_VECTOR;

    if ((info & INTR_TYPE) == INTR_NMI) {
        vcpu_save_cr2(v);
        sys_vcpu_nmi(v->owner);
    }
    if (vector == X86_MC)
        sys_panic("machine check while a guest ran");
    bool delivering = event_requeue(v);
    bool watch = vector == X86_DB && x86_vmread(VMCS_EXIT_QUALIFICATION) & DR6_BREAKPOINTS;
    if (!delivering && info & INTR_NMI_IRET)
        x86_vmwrite(VMCS_GUEST_INTERRUPTIBILITY, x86_vmread(VMCS_GUEST_INTERRUPTIBILITY) | BLOCKING_NMI);
    if (vector == X86_DB && (info & INTR_TYPE) == INTR_PRIV_SOFT)
        exit_int1(v);
    else if (vector == X86_DB)
        exit_debug(v);
    else
        event_again(v, vector, info & INTR_ERROR, (uint32_t)x86_vmread(VMCS_EXIT_INTR_ERROR));
    /*
     * An exception whose delivery raises it again (#AC on a misaligned stack, a watchpoint on the
     * stack of #DB) goes round without ever completing an instruction, and host interrupts come
     * between instructions only: through ring 3, where they are open.
     */
    if (delivering || watch)
        vcpu_leave_vmm(v, EXIT_NONE);
}

void exit_extint(struct vmx_vcpu *v)
{
    vcpu_save_cr2(v);
    sys_vcpu_interrupt(v->owner, (uint32_t)x86_vmread(VMCS_EXIT_INTR_INFO) & INTR_VECTOR);
}

void exit_triple_fault(struct vmx_vcpu *v)
{
    vcpu_fill_context(v);
    vcpu_leave_vmm(v, EXIT_SHUTDOWN);
}

/* Interrupt or NMI window: what waited is looked at again, and asks for a window anew if it has to. */
void exit_window(struct vmx_vcpu *v)
{
    vcpu_proc_set(v, v->proc & ~(PROC_INTR_WINDOW | PROC_NMI_WINDOW));
    v->pending |= v->waiting;
}

/* Table 27-2. The VMM carries it out; an event that led here through a task gate is not delivered again. */
void exit_task_switch(struct vmx_vcpu *v)
{
    struct vcpu_exit *x = &v->page->exit;
    uint64_t qualification = x86_vmread(VMCS_EXIT_QUALIFICATION);
    uint32_t vectoring = (uint32_t)x86_vmread(VMCS_IDT_VECTORING_INFO);
    uint32_t type = vectoring & INTR_TYPE;

    x->task_selector = (uint16_t)qualification;
    x->task_source = qualification >> 30 & 3;
    x->insn_len = (uint8_t)x86_vmread(VMCS_EXIT_INSN_LEN);
    x->task_has_error = 0;
    if (x->task_source == 3 && vectoring & INTR_VALID) {
        x->vector = vectoring & INTR_VECTOR;
        if (type < INTR_SOFT_INT)
            x->insn_len = 0; /* the old task goes on where it was */
        if (vectoring & INTR_ERROR) {
            x->task_has_error = 1;
            x->task_error = (uint32_t)x86_vmread(VMCS_IDT_VECTORING_ERROR);
        }
    }
    vcpu_fill_context(v);
    vcpu_leave_vmm(v, EXIT_TASK_SWITCH);
}

/* The guest sleeps: what happens to it and what it waits for is up to software from here on. */
static void vcpu_halt(struct vmx_vcpu *v, uint64_t flags)
{
    v->activity = ACTIVITY_HLT;
    v->halt_if = (flags & RFLAGS_IF) != 0;
    v->halt_nmi = !(x86_vmread(VMCS_GUEST_INTERRUPTIBILITY) & BLOCKING_NMI);
    if (apicv_delivers())
        apicv_note(v);
    v->pending |= PENDING_HALT | PENDING_IRQ | (v->want_extint ? PENDING_EXTINT : 0);
}

/* A guest that need not exit to halt may do so in the CPU, which an exit then says and an entry goes on with. */
void vcpu_note_halt(struct vmx_vcpu *v)
{
    if (x86_vmread(VMCS_GUEST_ACTIVITY) != ACTIVITY_HLT)
        return;
    x86_vmwrite(VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE);
    vcpu_halt(v, x86_vmread(VMCS_GUEST_RFLAGS));
}

/* With TF set the trap behind HLT wakes it at once: then it need not sleep at all. */
void exit_hlt(struct vmx_vcpu *v)
{
    uint64_t flags = x86_vmread(VMCS_GUEST_RFLAGS);

    exit_advance(v);
    if (!(flags & RFLAGS_TF))
        vcpu_halt(v, flags);
}

static __attribute__((noinline)) void vmcall_other(struct vmx_vcpu *v)
{
    if (v->page->gpr[GPR_RAX] == HYPERCALL_DOORBELL) {
        v->page->gpr[GPR_RAX] = 0;
        exit_advance(v);
        sys_vcpu_doorbell(v->owner);
        return;
    }
    v->page->exit.insn_len = (uint8_t)x86_vmread(VMCS_EXIT_INSN_LEN);
    vcpu_leave_vmm(v, EXIT_HYPERCALL);
}

void exit_vmcall(struct vmx_vcpu *v)
{
    if (v->page->gpr[GPR_RAX] == HYPERCALL_NULL)
        exit_advance(v); /* RAX = 0 is the answer, too */
    else
        vmcall_other(v);
}

/* INVD, WBINVD: memory is write-back whatever the guest does, and the caches are not its own. */
void exit_skip(struct vmx_vcpu *v)
{
    exit_advance(v);
}

void exit_ignore(struct vmx_vcpu *v)
{
    (void)v;
}

void exit_ud(struct vmx_vcpu *v)
{
    event_fault(v, X86_UD);
}

void exit_gp(struct vmx_vcpu *v)
{
    event_fault_error(v, X86_GP, 0);
}

void exit_apic_write(struct vmx_vcpu *v)
{
    vlapic_written(v, (unsigned)x86_vmread(VMCS_EXIT_QUALIFICATION) & 0xfff);
}

/* Virtual EOI of a vector in the EOI-exit bitmap; the CPU has cleared ISR already (29.1.4). */
void exit_eoi(struct vmx_vcpu *v)
{
    v->eoi_vector = (uint8_t)x86_vmread(VMCS_EXIT_QUALIFICATION);
    v->pending |= PENDING_EOI;
}
