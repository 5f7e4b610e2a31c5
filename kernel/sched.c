// SPDX-License-Identifier: MIT
// The scheduler of one CPU: rings of ready threads by priority, budgets, what deadlines do.
#include <lib/string.h>
#include <sys/log.h>
#include "entry.h"
#include "memory.h"
#include "sched.h"
#include "trace.h"

// Threads that are ready, and the one that runs, stand in the ring of their priority; its head runs
// or is next.
static void queue_insert(struct cpu *cpu, struct thread *t)
{
    struct thread *head = cpu->queue[t->priority];

    if (!head) {
        cpu->queue[t->priority] = t->queue_next = t->queue_prev = t;
        cpu->ready |= 1u << t->priority;
        return;
    }
    t->queue_next = head;
    t->queue_prev = head->queue_prev;
    head->queue_prev->queue_next = t;
    head->queue_prev = t;
}

static void queue_remove(struct cpu *cpu, struct thread *t)
{
    if (t->queue_next == t) {
        cpu->queue[t->priority] = NULL;
        cpu->ready &= ~(1u << t->priority);
        return;
    }
    t->queue_prev->queue_next = t->queue_next;
    t->queue_next->queue_prev = t->queue_prev;
    if (cpu->queue[t->priority] == t)
        cpu->queue[t->priority] = t->queue_next;
}

static inline void make_ready(struct cpu *cpu, struct thread *t)
{
    t->state = THREAD_READY;
    queue_insert(cpu, t);
    if (!cpu->current || t->priority >= cpu->current->priority)
        cpu->resched = 1;
}

// ---- timers

static uint64_t earliest(const struct thread *t)
{
    // A guest's timer costs its own time only: it counts while the guest runs, or sleeps and can be woken.
    bool counts = t->state == THREAD_RUNNING || (t->state == THREAD_WAITING && !t->deaf);
    uint64_t at = counts ? t->vcpu_timer : t->refill_at;

    if (t->state > THREAD_WAITING)
        return at;
    if (t->in_guest)
        return t->run_deadline < at ? t->run_deadline : at;
    if (t->state == THREAD_WAITING && t->wait_deadline < at)
        return t->wait_deadline;
    return at;
}

static void timer_enter(struct cpu *cpu, struct thread *t)
{
    uint64_t at = earliest(t);

    if (at != t->timer)
        timer_set(cpu, t, at);
}

static void timer_update_locked(struct cpu *cpu, struct thread *t)
{
    timer_enter(cpu, t);
    timer_program(cpu);
}

void sched_timer_update(struct thread *t)
{
    if (earliest(t) >= t->timer)
        return; // it is looked at before, which costs less than moving it at each change
    lock_take(&t->cpu->lock);
    timer_update_locked(t->cpu, t);
    lock_drop(&t->cpu->lock);
}

// ---- budgets

// Charges the time since the last switch to whoever ran.
static void charge(struct cpu *cpu, struct thread *t, uint64_t now)
{
    uint64_t from = cpu->switched_tsc;

    cpu->switched_tsc = now;
    cpu->stats.switches++;
    if (!t) {
        cpu->stats.idle_tsc += now;
        return;
    }
    t->ran += now - from;
    t->budget_left -= (int64_t)(now - from);
    if (t->metered)
        budget_note(t, from, now);
}

// A metered thread that is in no queue: it is throttled until something comes back to it, or ready.
static void meter(struct cpu *cpu, struct thread *t, uint64_t now)
{
    bool was_throttled = t->state == THREAD_THROTTLED;

    if (budget_refill(t, now)) {
        t->throttled += was_throttled ? now - t->throttled_since : 0;
        make_ready(cpu, t);
        if (t->priority != t->own_priority)
            cpu->queue[t->priority] = t; // at once: that is what a reserve is
    } else if (!was_throttled) {
        t->state = THREAD_THROTTLED;
        t->throttled_since = now;
        t->throttles++;
        t->woken = 0;
        trace(TRACE_BLOCK, t->trace_id, BLOCK_THROTTLED, 0, 0);
    }
    timer_enter(cpu, t);
    cpu->resched = 1; // that CPU programs its timer
}

// A thread that waited for something may run if it has a budget.
void sched_wait_over(struct cpu *cpu, struct thread *t, uint64_t now)
{
    t->woken = t->timer < now ? t->timer : now;
    trace(TRACE_WAKE, t->trace_id, 0, 0, now - t->woken);
    if (t->metered)
        meter(cpu, t, now);
    else
        make_ready(cpu, t);
}

// The thread has used up its turn, or its budget, or has a reserve to go on with.
static void turn_over(struct cpu *cpu, struct thread *t, uint64_t now)
{
    if (t->metered) {
        queue_remove(cpu, t);
        meter(cpu, t, now);
    } else {
        cpu->queue[t->priority] = t->queue_next;
        t->budget_left = (int64_t)t->period;
    }
}

static uint64_t slice_end(struct thread *t, uint64_t now)
{
    bool limited = t->metered && (t->budget < t->period || t->priority != t->own_priority);

    if (t->queue_next == t && !limited)
        return NEVER; // nobody waits for its turn to end
    return now + (uint64_t)t->budget_left;
}

// ---- switching

// Chooses who runs now and does what a change of thread needs. cpu->lock is held.
static struct thread *switch_threads(struct cpu *cpu, struct thread *t)
{
    uint64_t now = x86_rdtsc();

    charge(cpu, t, now);
    if (t && t->state == THREAD_RUNNING) {
        t->state = THREAD_READY;
        if (t->vcpu)
            timer_update_locked(cpu, t);
        if (t->budget_left <= 0 || t->reserve)
            turn_over(cpu, t, now);
        else if (cpu->yield)
            cpu->queue[t->priority] = t->queue_next;
    }
    cpu->yield = false;
    if (__builtin_expect(cpu->ready != 0, 1)) {
        t = cpu->queue[31u - (unsigned)__builtin_clz(cpu->ready)];
        t->state = THREAD_RUNNING;
        cpu->slice_end = slice_end(t, now);
        if (t->woken)
            timer_late(t, now);
        trace(TRACE_SWITCH, t->trace_id, 0, 0, 0);
    } else {
        t = NULL;
        cpu->stats.idle_tsc -= now;
        cpu->slice_end = NEVER;
        trace(TRACE_SWITCH, TRACE_NONE << 8, 0, 0, 0);
    }
    cpu->resched = 0;
    cpu->current = t;
    timer_program(cpu);
    return t;
}

static void load_thread(struct cpu *cpu, struct thread *t)
{
    struct part *part = t->part;

    if (cpu->space != part) {
        // Nothing of one partition's registers reaches another: neither those that only the load
        // of a vCPU changes (TSC_AUX, DR6, ...) nor the selectors.
        if (__builtin_expect(cpu->loaded_part != NULL, 0) && cpu->loaded_part != part)
            vcpu_unload(cpu);
        x86_clear_segments();
        cpu->space = part;
        x86_write_cr3(part->cr3);
    }
    if (t->vcpu) {
        if (cpu->loaded_thread != t)
            vcpu_load(cpu, t);
        t->deaf = 0;
        sched_timer_update(t);
    }
    fpu_load(cpu, t);
}

noreturn void sched_resume(void)
{
    struct cpu *cpu = this_cpu();
    struct thread *t = cpu->current;

    if (cpu->flush)
        smp_poll();
    if (cpu->resched || !t) {
        lock_take(&cpu->lock);
        t = switch_threads(cpu, t);
        lock_drop(&cpu->lock);
        if (cpu->drop)
            thread_let_go(cpu);
        if (!t)
            entry_idle(); // interrupts come back through trap_idle
        load_thread(cpu, t);
    }
    if (t->in_guest)
        vcpu_resume(t);
    entry_to_user(&t->regs);
}

noreturn void sched_block(struct thread *t)
{
    struct cpu *cpu = this_cpu();

    if (t->state == THREAD_RUNNING) {
        t->state = THREAD_WAITING;
        queue_remove(cpu, t);
    }
    t->asleep = 1;
    trace(TRACE_BLOCK, t->trace_id, t->in_guest ? BLOCK_HALTED : BLOCK_WAITING, 0, 0);
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
        if (!(t->events & (t->in_guest ? NEVER : t->wait_mask)))
            return; // nothing that it waits for
        if (!t->in_guest) // the result of its event_wait
            t->regs.rax = event_fetch(t, t->wait_mask);
        sched_wait_over(cpu, t, x86_rdtsc());
        if (cpu->resched)
            kick(cpu);
    } else if (t->state == THREAD_RUNNING && t->vcpu) {
        kick(cpu); // it may be in its guest
    }
}

struct cpu *sched_lock_home(struct thread *t)
{
    for (;;) {
        struct cpu *cpu = __atomic_load_n(&t->cpu, __ATOMIC_RELAXED);
        lock_take(&cpu->lock);
        if (cpu == __atomic_load_n(&t->cpu, __ATOMIC_RELAXED))
            return cpu;
        lock_drop(&cpu->lock);
    }
}

void sched_wake(struct thread *t)
{
    struct cpu *cpu = sched_lock_home(t);

    wake_locked(cpu, t);
    lock_drop(&cpu->lock);
}

void sched_unpark(struct thread *t)
{
    struct cpu *cpu = t->cpu;

    lock_take(&cpu->lock);
    if (t->state == THREAD_PARKED && t->asleep && !t->in_guest) {
        t->state = THREAD_WAITING;
        timer_enter(cpu, t);
        cpu->resched = 1; // that CPU programs its timer
        wake_locked(cpu, t);
    } else if (t->state == THREAD_PARKED) { // a guest that was halted looks again why
        sched_wait_over(cpu, t, x86_rdtsc());
    }
    if (cpu->resched)
        kick(cpu);
    lock_drop(&cpu->lock);
}

bool sched_take_off(struct thread *t, enum thread_state state)
{
    struct cpu *cpu = t->cpu;
    bool away;

    lock_take(&cpu->lock);
    if (t->state == THREAD_READY || t->state == THREAD_RUNNING)
        queue_remove(cpu, t);
    if (t->state < THREAD_PARKED)
        t->asleep = t->state == THREAD_WAITING;
    timer_set(cpu, t, NEVER);
    t->refill_at = NEVER;
    if (t->state < state)
        t->state = state;
    away = cpu->current != t && cpu->loaded_thread != t && cpu->fpu_thread != t;
    if (!away)
        thread_ask_to_let_go(cpu);
    lock_drop(&cpu->lock);
    return away;
}

// What a thread that does not run waited for may have come.
static void timer_due(struct cpu *cpu, struct thread *t, uint64_t now)
{
    if (t->refill_at <= now) {
        t->refill_at = NEVER;
        if (t->state == THREAD_READY)
            queue_remove(cpu, t);
        if (t->state == THREAD_READY || t->state == THREAD_THROTTLED)
            meter(cpu, t, now);
    } else if (t->state == THREAD_WAITING && t->in_guest) {
        t->deaf = !vcpu_wakeable(t); // its timer interrupt is pending for good: further ones change nothing
        if (t->run_deadline <= now || !t->deaf)
            sched_wait_over(cpu, t, now);
    } else if (t->state == THREAD_WAITING && t->wait_deadline <= now) {
        t->regs.rax = (uint64_t)ERR_TIMEOUT; // the result of its event_wait
        sched_wait_over(cpu, t, now);
    }
}

static void timer_fire(struct cpu *cpu, struct thread *t, uint64_t now)
{
    if (t->vcpu_timer <= now) {
        t->vcpu_timer = NEVER;
        vmx_timer_expired(t->vcpu); // may arm it again through sys_vcpu_timer
    }
    if (t->state != THREAD_RUNNING)
        timer_due(cpu, t, now);
    if (t->run_deadline <= now && t->in_guest)
        timer_set(cpu, t, NEVER); // it leaves the guest when it runs, and arms its timer when it enters again
    else
        timer_enter(cpu, t);
}

void sched_timer_interrupt(void)
{
    struct cpu *cpu = this_cpu();
    uint64_t now = x86_rdtsc();

    lock_take(&cpu->lock);
    cpu->timer_tsc = NEVER;
    cpu->firing = true;
    cpu->stats.timers++;
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
