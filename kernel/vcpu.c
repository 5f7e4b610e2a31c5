// SPDX-License-Identifier: MIT
// A thread inside vcpu_run: the way into the guest and the ways back (sys/vcpu.h).
#include <sys/log.h>
#include "entry.h"
#include "panic.h"
#include "sched.h"

void vcpu_unload(struct cpu *cpu)
{
    if (cpu->loaded_thread)
        vmx_vcpu_unload(cpu->loaded_thread->vcpu);
    cpu->loaded_thread = NULL;
    cpu->loaded_part = NULL;
}

void vcpu_load(struct cpu *cpu, struct thread *t)
{
    if (cpu->loaded_thread == t)
        return;
    vcpu_unload(cpu);
    vmx_vcpu_load(t->vcpu);
    cpu->loaded_thread = t;
    cpu->loaded_part = t->part;
}

bool vcpu_wakeable(struct thread *t)
{
    return vmx_vcpu_wakeable(t->vcpu);
}

noreturn static void leave_to_vmm(struct thread *t, uint64_t result)
{
    struct cpu *cpu = this_cpu();

    t->in_guest = 0;
    t->full = 0;
    t->regs.rax = result;
    if (cpu->resched)
        sched_resume();
    entry_to_user(&t->regs);
}

noreturn static void leave_with(struct thread *t, enum exit_kind kind)
{
    t->page->exit.kind = kind;
    leave_to_vmm(t, kind);
}

noreturn void vcpu_resume(struct thread *t)
{
    if (t->events)
        leave_with(t, EXIT_EVENT);
    if (x86_rdtsc() >= t->run_deadline)
        leave_with(t, EXIT_DEADLINE);
    this_cpu()->cr0_ts = 1; // as each exit leaves it, and so it stays for a VMM that uses no FPU
    vmx_vcpu_enter(t->vcpu);
}

static void wait_in_guest(struct thread *t)
{
    struct cpu *cpu = t->cpu;

    lock_take(&cpu->lock);
    if (t->events || vmx_vcpu_wakeable(t->vcpu) || x86_rdtsc() >= t->run_deadline) {
        lock_drop(&cpu->lock);
        return;
    }
    sched_block(t);
}

noreturn void sys_vcpu_leave(struct vmx_vcpu *vcpu, enum vmx_leave why, uint32_t arg)
{
    struct thread *t = vmx_vcpu_owner(vcpu);

    switch (why) {
    case LEAVE_VMM:
        leave_to_vmm(t, t->page->exit.kind);
    case LEAVE_INTERRUPT:
        irq_dispatch(arg);
        break;
    case LEAVE_HALT:
        wait_in_guest(t);
        break;
    case LEAVE_NMI:
        panic_nmi();
        break;
    }
    sched_resume();
}
