// SPDX-License-Identifier: MIT
// A thread inside vcpu_run: the way into the guest and the ways back (sys/vcpu.h).
#include <hw/apic.h>
#include <sys/log.h>
#include "entry.h"
#include "irq.h"
#include "panic.h"
#include "syscall.h"
#include "trace.h"

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
    vmx_vcpu_load(t->vcpu, t->exclusive);
    cpu->loaded_thread = t;
    cpu->loaded_part = t->part;
}

bool vcpu_wakeable(struct thread *t)
{
    return vmx_vcpu_wakeable(t->vcpu);
}

// In the guest is a thread from vcpu_resume to its next way out that is not straight back.
static void guest_time(struct thread *t, uint64_t tsc)
{
    t->guest_tsc += tsc;
    t->cpu->stats.guest_tsc += tsc;
}

noreturn static inline void leave_to_vmm(struct thread *t, uint64_t result)
{
    guest_time(t, x86_rdtsc());
    t->in_guest = 0;
    t->full = 0;
    t->regs.rax = result;
    if (t->cpu->resched)
        sched_resume();
    entry_to_user(&t->regs);
}

noreturn static void leave_with(struct thread *t, enum exit_kind kind)
{
    t->page->exit.kind = kind;
    leave_to_vmm(t, kind);
}

noreturn static inline __attribute__((always_inline)) void enter(struct thread *t)
{
    if (t->events)
        leave_with(t, EXIT_EVENT);
    if (t->run_deadline != NEVER && x86_rdtsc() >= t->run_deadline)
        leave_with(t, EXIT_DEADLINE);
    t->cpu->cr0_ts = 1; // as each exit leaves it, and so it stays for a VMM that uses no FPU
    vmx_vcpu_enter(t->vcpu);
}

noreturn void vcpu_resume(struct thread *t)
{
    guest_time(t, -x86_rdtsc());
    enter(t);
}

void sys_exit_timed(void *owner, uint32_t number, uint64_t tsc, uint64_t rip)
{
    struct thread *t = owner;
    uint64_t ticks = x86_rdtsc() - tsc;

    t->kernel_tsc += number & TRACE_LEFT ? 0 : ticks;
    trace_write(tsc, t->trace_id | (uint64_t)number << 16 | TRACE_EXIT, rip, ticks);
}

noreturn void sys_vcpu_exit(void *owner, uint32_t kind)
{
    leave_to_vmm(owner, kind);
}

noreturn void sys_vcpu_interrupt(void *owner, uint32_t vector)
{
    struct thread *t = owner;

    irq_dispatch(vector);
    if (!t->cpu->resched && !t->cpu->flush)
        enter(t);
    guest_time(t, x86_rdtsc());
    sched_resume();
}

noreturn void sys_vcpu_nmi(void *owner)
{
    guest_time(owner, x86_rdtsc());
    panic_nmi();
    sched_resume();
}

noreturn void sys_vcpu_halt(void *owner)
{
    struct thread *t = owner;
    struct cpu *cpu = t->cpu;

    guest_time(t, x86_rdtsc());
    lock_take(&cpu->lock);
    if (!t->events && !vmx_vcpu_wakeable(t->vcpu) && x86_rdtsc() < t->run_deadline)
        sched_block(t);
    lock_drop(&cpu->lock);
    sched_resume();
}

void sys_vcpu_notify(void *owner, bool posted)
{
    struct thread *t = owner;
    struct cpu *cpu = sched_lock_home(t);

    if (t->state == THREAD_WAITING && t->in_guest) {
        sched_wait_over(cpu, t, x86_rdtsc());
        if (cpu->resched)
            smp_kick(cpu); // also this CPU: who sends may go straight back to its guest
    } else if (t->state == THREAD_RUNNING && cpu != this_cpu()) {
        if (posted)
            lapic_ipi(cpu->apic_id, SYS_POSTED_VECTOR | APIC_ICR_ASSERT);
        else
            smp_kick(cpu);
    }
    lock_drop(&cpu->lock);
}

void sys_vcpu_doorbell(void *owner)
{
    WITH_KERNEL_LOCK;
    struct thread *t = owner;
    struct handle *h = handle_find(t->part, t->page->doorbell, OBJECT_THREAD);

    if (!h || !(h->rights & RIGHT_SIGNAL) || h->object == &t->object)
        return; // its own thread would hear of it at its next exit only
    event_signal(thread_of(h->object), h->data);
    if (t->cpu->resched)
        smp_kick(t->cpu); // who woke goes before the guest
}
