/* SPDX-License-Identifier: MIT */
/*
 * Threads on CPUs: strict priority, round robin within one, budgets. A thread has a home CPU; it
 * leaves that when its manager parks it and gives it another one. A vCPU is a thread that is inside
 * vcpu_run: it is scheduled by the same code. Time is the TSC.
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include "object.h"

#define NEVER (~0ull)

extern uint64_t tsc_hz;

/* ---- sched.c ---- */
/* Leaves ring 0: runs what should run on this CPU now. Runs on the CPU's empty stack. */
noreturn void sched_resume(void);
/* The current thread waits; it comes back through sched_resume when woken. cpu->lock is held and dropped. */
noreturn void sched_block(struct thread *thread);
/* Makes a waiting thread ready (any CPU); kicks its CPU out of a guest if the thread runs there. */
void sched_wake(struct thread *thread);
bool sched_take_off(struct thread *thread, enum thread_state state);
/* The thread never runs again. True when that is so already; false: ask again, its CPU was told. */
static inline bool sched_stop(struct thread *thread) { return sched_take_off(thread, THREAD_STOPPED); }
/* The thread does not run until sched_unpark, and remembers what it waited for. Result as of sched_stop. */
static inline bool sched_park(struct thread *thread) { return sched_take_off(thread, THREAD_PARKED); }
/* A parked one that is away goes on, on the CPU that is its home now; a new one starts. */
void sched_unpark(struct thread *thread);
/* The current thread lets the others of its priority run first. */
static inline void sched_yield(void)
{
    struct cpu *cpu = this_cpu();

    if (cpu->current->queue_next != cpu->current) {
        cpu->yield = true;
        cpu->resched = 1;
    }
}
/* Locks the CPU that is the thread's home, which can change until then. */
struct cpu *sched_lock_home(struct thread *thread);
/* A thread that waited for something, or for its next period, may run if it has a budget. cpu->lock is held. */
void sched_wait_over(struct cpu *cpu, struct thread *thread, uint64_t now);
void sched_timer_interrupt(void);
/* Adds what the thread ran and was throttled until now. */
void sched_times(struct thread *thread, struct part_info *sum);
/* (Re)arms the thread's timer to the earliest of its deadlines. */
void sched_timer_update(struct thread *thread);

/* ---- timer.c: cpu->lock is held ---- */
void timer_set(struct cpu *cpu, struct thread *thread, uint64_t tsc); /* NEVER: it has none any more */
void timer_late(struct thread *thread, uint64_t now); /* it runs after it waited */
void lapic_timer(uint64_t tsc); /* interrupt at this TSC; NEVER = off */
static inline __attribute__((always_inline)) void timer_program(struct cpu *cpu)
{
    uint64_t at = cpu->timers ? cpu->timers->timer : NEVER;

    if (cpu->slice_end < at)
        at = cpu->slice_end;
    // An armed interrupt that comes too early costs less than moving it at each change.
    if (at >= cpu->timer_tsc)
        return;
    cpu->timer_tsc = at;
    lapic_timer(at);
}

/* ---- budget.c: cpu->lock is held ---- */
/* A thread with a budget or reserve ran. */
void budget_note(struct thread *thread, uint64_t from, uint64_t to);
/* What came back to it by now: sets its priority, budget_left, refill_at. False: nothing is left. */
bool budget_refill(struct thread *thread, uint64_t now);

/* ---- fpu.c ---- */
void fpu_init(struct fpu *fpu, uint16_t control);
void fpu_change(struct cpu *cpu, struct thread *thread) __attribute__((nonnull));
static inline void fpu_load(struct cpu *cpu, struct thread *thread)
{
    struct thread *old = cpu->fpu_thread;
    uint64_t components = cpu_xcr0;

    if (old == thread && cpu->cr0_ts == thread->fpu_is_guest)
        return;
    if (!old || old->fpu_is_guest | thread->fpu_is_guest | cpu->cr0_ts || !components) {
        fpu_change(cpu, thread);
    } else { // two programs: the common case
        x86_xsave(&old->fpu, components);
        x86_xrstor(&thread->fpu, components);
        cpu->fpu_thread = thread;
    }
}
/* Nothing of any thread is in the registers of this CPU, or waits there to be saved. */
void fpu_drop(struct cpu *cpu);
/* #NM: the VMM's own code wants the FPU while it holds the guest's state. */
void fpu_take(struct thread *thread);
/* Before a VM entry: the guest gets its state back. */
void fpu_give_guest(struct thread *thread);

/* ---- vcpu.c ---- */
noreturn void vcpu_resume(struct thread *thread);
bool vcpu_wakeable(struct thread *thread);
void vcpu_load(struct cpu *cpu, struct thread *thread);
void vcpu_unload(struct cpu *cpu);

/* ---- event.c ---- */
void event_signal(struct thread *thread, uint64_t bits);
/* Takes the bits of `mask` out of the thread's event word. */
uint64_t event_fetch(struct thread *thread, uint64_t mask);

/* ---- thread.c ---- */
/* The CPU lets go of what threads that ended or are parked, and partitions that ended, still have on it. */
void thread_let_go(struct cpu *cpu);
/* It shall do that at its next way out of the kernel; its lock is held. */
void thread_ask_to_let_go(struct cpu *cpu);
/* No CPU has the page tables of an ended partition, not even one that its threads left; else: ask again. */
bool thread_space_left(const struct part *part);

/* ---- part.c ---- */
/* Ends the current thread's partition; why: the members that tell the reason, the others 0. */
noreturn void part_end_current(const struct part_info *why);

/* ---- smp.c ---- */
void smp_kick(struct cpu *cpu);
void smp_poll(void);

#endif
