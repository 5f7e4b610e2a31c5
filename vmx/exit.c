/* SPDX-License-Identifier: MIT */
/* Dispatch of VM exits by basic reason (SDM vol. 3, appendix C), and skipping of instructions. */
#include <hw/msr.h>
#include <hw/vmcs.h>
#include <sys/log.h>
#include "exit.h"
#include "inject.h"
#include "vlapic.h"

/* Reasons without a handler cannot occur under our controls and tables; if one does, the VMM is told. */
static exit_handler *const handlers[REASON_COUNT] = {
    [REASON_EXCEPTION] = exit_exception, [REASON_EXTINT] = exit_extint,
    [REASON_TRIPLE_FAULT] = exit_triple_fault, [REASON_INIT] = exit_ignore, [REASON_SIPI] = exit_ignore,
    [REASON_INTR_WINDOW] = exit_window, [REASON_NMI_WINDOW] = exit_window,
    [REASON_TASK_SWITCH] = exit_task_switch, [REASON_CPUID] = exit_cpuid,
    [REASON_GETSEC] = exit_ud, [REASON_HLT] = exit_hlt, [REASON_INVD] = exit_skip,
    [REASON_WBINVD] = exit_skip, [REASON_RDPMC] = exit_gp, [REASON_RSM] = exit_ud,
    [REASON_VMCALL] = exit_vmcall, [REASON_VMCLEAR ... REASON_VMXON] = exit_ud, [REASON_INVEPT] = exit_ud,
    [REASON_INVVPID] = exit_ud, [REASON_VMFUNC] = exit_ud, [REASON_MWAIT] = exit_ud, [REASON_MONITOR] = exit_ud,
    [REASON_ENCLS] = exit_ud, [REASON_XSAVES] = exit_ud, [REASON_XRSTORS] = exit_ud,
    [REASON_RDTSCP] = exit_ud, [REASON_INVPCID] = exit_ud,
    [REASON_CR] = exit_cr, [REASON_DR] = exit_dr, [REASON_IO] = exit_io,
    [REASON_RDMSR] = exit_rdmsr, [REASON_WRMSR] = exit_wrmsr, [REASON_TPR_BELOW] = exit_tpr_below,
    [REASON_APIC_ACCESS] = exit_apic_access, [REASON_EOI] = exit_eoi,
    [REASON_EPT_VIOLATION] = exit_ept_violation, [REASON_XSETBV] = exit_xsetbv, [REASON_APIC_WRITE] = exit_apic_write,
};
_Static_assert(REASON_COUNT <= STATS_REASONS, "a counter for each reason");

/* The entry did not take place: the VMCS is clear again for VMLAUNCH; an event to deliver stays in it. */
static void entry_undo(struct vmx_vcpu *v)
{
    v->launched = false;
    (void)x86_vmclear(sys_page_hpa(v->vmcs).v);
    if (!x86_vmptrld(sys_page_hpa(v->vmcs).v))
        sys_panic("VMPTRLD failed after a refused VM entry");
}

/* A failed entry (SDM vol. 3, 26.8) or a reason that we know nothing about: the VMM finds out why (vmx_field). */
static noreturn void exit_failed(struct vmx_vcpu *v, uint32_t reason)
{
    if ((reason & 0xffff) == REASON_BAD_MC)
        sys_panic("machine check during a VM entry");
    if (reason & REASON_ENTRY_FAILED)
        entry_undo(v);
    v->page->exit.detail = reason;
    vcpu_leave_vmm(v, EXIT_ENTRY_FAIL);
}

static uint32_t untimed = REASON_COUNT; /* reasons from here on go the long way: one comparison for both */

void vmx_time_exits(bool on)
{
    untimed = on ? 0 : REASON_COUNT;
}

static inline void handle(struct vmx_vcpu *v, uint32_t reason)
{
    v->stats.exits[reason]++;
    handlers[reason](v);
    if (__builtin_expect(v->pending != 0, 0))
        event_prepare(v);
}

static void exit_over(struct vmx_vcpu *v, uint32_t left)
{
    sys_exit_timed(v->owner, (uint32_t)x86_vmread(VMCS_EXIT_REASON) | left, v->timed, x86_vmread(VMCS_GUEST_RIP));
    v->timed = 0;
}

static __attribute__((noinline)) void exit_slow(struct vmx_vcpu *v, uint32_t reason)
{
    if (reason >= REASON_COUNT || !handlers[reason])
        exit_failed(v, reason);
    v->timed = x86_rdtsc();
    handle(v, reason);
    exit_over(v, 0);
}

void vmx_exit(struct vmx_vcpu *v)
{
    uint32_t reason = (uint32_t)x86_vmread(VMCS_EXIT_REASON);

    if (__builtin_expect(reason >= untimed || !handlers[reason], 0))
        exit_slow(v, reason);
    else
        handle(v, reason);
}

/* On the way in from the kernel, once per vmx_vcpu_enter: the host may have changed CR2. */
void vmx_prepare(struct vmx_vcpu *v)
{
    if (x86_read_cr2() != v->cr2)
        x86_write_cr2(v->cr2);
    if (v->ept_generation != v->ept->generation) {
        v->ept_generation = v->ept->generation;
        vmx_ept_flush(v->ept);
    }
    mail_take(v);
    if (v->pending)
        event_prepare(v);
    if (v->timed)
        exit_over(v, TRACE_LEFT);
}

/* VMLAUNCH or VMRESUME failed: a control or host-state field is wrong (SDM vol. 3, 26.2). */
void vmx_entry_refused(struct vmx_vcpu *v)
{
    uint32_t error = (uint32_t)x86_vmread(VMCS_INSN_ERROR);

    exit_failed(v, REASON_ENTRY_FAILED | error << 16);
}

void exit_advance_slow(struct vmx_vcpu *v, uint64_t rip, uint64_t next)
{
    uint64_t flags = x86_vmread(VMCS_GUEST_RFLAGS);
    uint64_t blocking = x86_vmread(VMCS_GUEST_INTERRUPTIBILITY);

    if ((rip ^ next) >> 32 && !(v->efer & EFER_LMA && x86_vmread(VMCS_GUEST_CS_ATTR) & ATTR_L))
        x86_vmwrite(VMCS_GUEST_RIP, next & 0xffffffffu);
    x86_vmwrite(VMCS_GUEST_INTERRUPTIBILITY, blocking & ~(uint64_t)(BLOCKING_STI | BLOCKING_MOVSS));
    x86_vmwrite(VMCS_GUEST_RFLAGS, flags & ~RFLAGS_RF);
    /* A completed instruction with TF traps behind it; BTF limits that to branches. */
    if (flags & RFLAGS_TF && !(x86_vmread(VMCS_GUEST_DEBUGCTL) & DEBUGCTL_BTF))
        x86_vmwrite(VMCS_GUEST_PENDING_DEBUG, x86_vmread(VMCS_GUEST_PENDING_DEBUG) | PENDING_DEBUG_BS);
}
