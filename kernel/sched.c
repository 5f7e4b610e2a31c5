// SPDX-License-Identifier: MIT
// The scheduler of one CPU: ready queues by priority, budgets, timers.
#include <lib/string.h>
#include <sys/log.h>
#include "entry.h"
#include "memory.h"
#include "sched.h"

static void queue_push(struct cpu *cpu, struct thread *t)
{
    struct queue *q = &cpu->queue[t->priority];

    t->queue_next = NULL;
    t->queue_prev = q->last;
    if (q->last)
        q->last->queue_next = t;
    else
        q->first = t;
    q->last = t;
    cpu->ready |= 1u << t->priority;
}

static void queue_remove(struct cpu *cpu, struct thread *t)
{
    struct queue *q = &cpu->queue[t->priority];

    if (t->queue_prev)
        t->queue_prev->queue_next = t->queue_next;
    else
        q->first = t->queue_next;
    if (t->queue_next)
        t->queue_next->queue_prev = t->queue_prev;
    else
        q->last = t->queue_prev;
    if (!q->first)
        cpu->ready &= ~(1u << t->priority);
}

static void make_ready(struct cpu *cpu, struct thread *t)
{
    t->state = THREAD_READY;
    queue_push(cpu, t);
    if (!cpu->current || t->priority >= cpu->current->priority)
        cpu->resched = 1;
}

// ---- timers: a list sorted by time; the CPU's timer is set to its head or the slice's end

static void timer_remove(struct cpu *cpu, struct thread *t)
{
    if (t->timer == NEVER)
        return;
    if (t->timer_prev)
        t->timer_prev->timer_next = t->timer_next;
    else
        cpu->timers = t->timer_next;
    if (t->timer_next)
        t->timer_next->timer_prev = t->timer_prev;
    t->timer = NEVER;
}

static void timer_insert(struct cpu *cpu, struct thread *t, uint64_t tsc)
{
    struct thread *prev = NULL;
    struct thread *next = cpu->timers;

    while (next && next->timer <= tsc) {
        prev = next;
        next = next->timer_next;
    }
    t->timer = tsc;
    t->timer_prev = prev;
    t->timer_next = next;
    if (prev)
        prev->timer_next = t;
    else
        cpu->timers = t;
    if (next)
        next->timer_prev = t;
}

static void timer_program(struct cpu *cpu)
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

static uint64_t earliest(const struct thread *t)
{
    uint64_t at = t->vcpu_timer;

    if (t->state == THREAD_THROTTLED)
        return t->period_start + t->period;
    if (t->in_guest)
        return t->run_deadline < at ? t->run_deadline : at;
    if (t->state == THREAD_WAITING && t->wait_deadline < at)
        return t->wait_deadline;
    return at;
}

static void timer_update_locked(struct cpu *cpu, struct thread *t)
{
    uint64_t at = earliest(t);

    if (at != t->timer) {
        timer_remove(cpu, t);
        if (at != NEVER)
            timer_insert(cpu, t, at);
    }
    timer_program(cpu);
}

void sched_timer_update(struct thread *t)
{
    lock_take(&t->cpu->lock);
    timer_update_locked(t->cpu, t);
    lock_drop(&t->cpu->lock);
}

// ---- budgets

static void refill(struct thread *t, uint64_t now)
{
    if (now - t->period_start < t->period)
        return;
    t->period_start = now;
    t->budget_left = t->budget;
}

// Charges the time since the last switch to whoever ran.
static void charge(struct cpu *cpu, uint64_t now)
{
    uint64_t ran = now - cpu->switched_tsc;
    struct thread *t = cpu->current;

    cpu->switched_tsc = now;
    if (!t) {
        cpu->idle_tsc += ran;
        return;
    }
    cpu->busy_tsc += ran;
    t->part->cpu_tsc += ran;
    t->budget_left -= ran < t->budget_left ? ran : t->budget_left;
}

static void throttle_or_queue(struct cpu *cpu, struct thread *t, uint64_t now)
{
    refill(t, now);
    if (t->budget_left == 0 && t->budget < t->period) {
        t->state = THREAD_THROTTLED;
        timer_update_locked(cpu, t);
        return;
    }
    if (t->budget_left == 0) { // not limited: only its turn is over
        t->budget_left = t->budget;
        t->period_start = now;
    }
    make_ready(cpu, t);
}

static void slice_begin(struct cpu *cpu, struct thread *t, uint64_t now)
{
    bool alone = !(cpu->ready & 1u << t->priority);

    refill(t, now);
    if (t->budget >= t->period && t->budget_left == 0)
        t->budget_left = t->budget;
    cpu->slice_end = alone && t->budget >= t->period ? NEVER : now + t->budget_left;
}

// ---- switching

// Chooses who runs now and does what a change of thread needs. cpu->lock is held.
static void switch_threads(struct cpu *cpu)
{
    uint64_t now = x86_rdtsc();
    struct thread *old = cpu->current;

    charge(cpu, now);
    cpu->resched = 0;
    if (old && old->state == THREAD_STOPPED)
        old = NULL;
    if (old && old->state == THREAD_RUNNING) {
        unsigned best = cpu->ready ? 31u - (unsigned)__builtin_clz(cpu->ready) : 0;
        if (best <= old->priority && old->budget_left > 0 && !cpu->yield) {
            slice_begin(cpu, old, now);
            timer_program(cpu);
            return;
        }
        throttle_or_queue(cpu, old, now);
    }
    cpu->yield = false;
    struct thread *next = NULL;
    if (cpu->ready) {
        next = cpu->queue[31 - __builtin_clz(cpu->ready)].first;
        queue_remove(cpu, next);
        next->state = THREAD_RUNNING;
        slice_begin(cpu, next, now);
    } else {
        cpu->slice_end = NEVER;
    }
    cpu->resched = 0;
    cpu->current = next;
    timer_program(cpu);
}

// Lets go of what a partition that ended still has on this CPU, so that it can be freed.
static void drop_stopped(struct cpu *cpu)
{
    if (cpu->loaded_thread && cpu->loaded_thread->state == THREAD_STOPPED)
        vcpu_unload(cpu);
    if (cpu->fpu_thread && cpu->fpu_thread->state == THREAD_STOPPED)
        cpu->fpu_thread = NULL;
    if (cpu->space && cpu->space->state == PART_ENDED)
        space_load(NULL);
}

static void switch_to(struct cpu *cpu, struct thread *t)
{
    space_load(t->part);
    if (t->vcpu)
        vcpu_load(cpu, t);
    fpu_load(cpu, t);
}

noreturn static void idle(void)
{
    entry_idle(); // interrupts come back through sched_resume
}

noreturn void sched_resume(void)
{
    struct cpu *cpu = this_cpu();

    smp_poll();
    while (cpu->resched || !cpu->current) {
        lock_take(&cpu->lock);
        switch_threads(cpu);
        lock_drop(&cpu->lock);
        drop_stopped(cpu);
        if (!cpu->current)
            idle();
        switch_to(cpu, cpu->current);
    }
    if (cpu->current->in_guest)
        vcpu_resume(cpu->current);
    entry_to_user(&cpu->current->regs);
}

noreturn void sched_block(struct thread *t)
{
    struct cpu *cpu = this_cpu();

    if (t->state == THREAD_RUNNING)
        t->state = THREAD_WAITING;
    timer_update_locked(cpu, t);
    cpu->resched = 1;
    lock_drop(&cpu->lock);
    sched_resume();
}

static void kick(struct cpu *cpu)
{
    if (cpu != this_cpu())
        smp_kick(cpu);
}

static void wake_locked(struct cpu *cpu, struct thread *t)
{
    if (t->state == THREAD_WAITING) {
        refill(t, x86_rdtsc());
        if (t->budget_left == 0 && t->budget < t->period) {
            t->state = THREAD_THROTTLED;
            timer_update_locked(cpu, t);
        } else {
            make_ready(cpu, t);
        }
        if (cpu->resched)
            kick(cpu);
    } else if (t->state == THREAD_RUNNING) {
        kick(cpu);
    }
}

void sched_wake(struct thread *t)
{
    lock_take(&t->cpu->lock);
    wake_locked(t->cpu, t);
    lock_drop(&t->cpu->lock);
}

void sched_start(struct thread *t)
{
    struct cpu *cpu = t->cpu;

    lock_take(&cpu->lock);
    t->timer = t->vcpu_timer = t->wait_deadline = t->run_deadline = NEVER;
    t->period_start = x86_rdtsc();
    t->budget_left = t->budget;
    make_ready(cpu, t);
    if (cpu->resched)
        kick(cpu);
    lock_drop(&cpu->lock);
}

bool sched_stop(struct thread *t)
{
    struct cpu *cpu = t->cpu;
    bool away;

    lock_take(&cpu->lock);
    if (t->state == THREAD_READY)
        queue_remove(cpu, t);
    timer_remove(cpu, t);
    t->vcpu_timer = t->wait_deadline = t->run_deadline = NEVER;
    t->state = THREAD_STOPPED;
    // Its CPU lets go of it (registers, VMCS, page tables) at its next way out of the kernel.
    away = cpu->current != t && cpu->loaded_thread != t && cpu->space != t->part && cpu->fpu_thread != t;
    if (!away) {
        cpu->resched = 1;
        kick(cpu);
    }
    lock_drop(&cpu->lock);
    return away;
}

void sched_yield(void)
{
    struct cpu *cpu = this_cpu();

    // Nobody of this priority is ready: nothing to do.
    if (cpu->ready & 1u << cpu->current->priority) {
        cpu->yield = true;
        cpu->resched = 1;
    }
}

static void timer_fire(struct cpu *cpu, struct thread *t, uint64_t now)
{
    timer_remove(cpu, t);
    if (t->vcpu_timer <= now) {
        t->vcpu_timer = NEVER;
        vmx_timer_expired(t->vcpu); // may arm it again through sys_vcpu_timer
    }
    if (t->state == THREAD_THROTTLED && now - t->period_start >= t->period)
        throttle_or_queue(cpu, t, now);
    else if (t->state == THREAD_WAITING && t->in_guest && (t->run_deadline <= now || vcpu_wakeable(t)))
        make_ready(cpu, t);
    else if (t->state == THREAD_WAITING && !t->in_guest && t->wait_deadline <= now)
        make_ready(cpu, t);
    if (t->run_deadline <= now || t->wait_deadline <= now)
        return; // it looks at the deadline itself when it runs
    timer_update_locked(cpu, t);
}

void sched_timer_interrupt(void)
{
    struct cpu *cpu = this_cpu();
    uint64_t now = x86_rdtsc();

    lock_take(&cpu->lock);
    cpu->timer_tsc = NEVER;
    cpu->firing = true;
    while (cpu->timers && cpu->timers->timer <= now)
        timer_fire(cpu, cpu->timers, now);
    cpu->firing = false;
    if (cpu->slice_end <= now) {
        cpu->slice_end = NEVER; // until the next choice
        cpu->resched = 1;
    }
    timer_program(cpu);
    lock_drop(&cpu->lock);
}

void sys_vcpu_timer(struct vmx_vcpu *vcpu, uint64_t tsc)
{
    struct thread *t = vmx_vcpu_owner(vcpu);

    t->vcpu_timer = tsc;
    if (!t->cpu->firing) // else timer_fire does it
        sched_timer_update(t);
}
