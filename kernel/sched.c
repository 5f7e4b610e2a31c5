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

static void make_ready(struct cpu *cpu, struct thread *t)
{
    t->state = THREAD_READY;
    queue_insert(cpu, t);
    if (!cpu->current || t->priority >= cpu->current->priority)
        cpu->resched = 1;
}

// ---- timers

static uint64_t earliest(const struct thread *t)
{
    uint64_t at = NEVER;

    if (t->state == THREAD_THROTTLED)
        return t->period_start + t->period;
    if (t->state >= THREAD_PARKED)
        return NEVER;
    // A guest's timer costs its own time only: it counts while the guest runs, or sleeps and can be woken.
    if (t->state == THREAD_RUNNING || (t->state == THREAD_WAITING && !t->deaf))
        at = t->vcpu_timer;
    if (t->in_guest)
        return t->run_deadline < at ? t->run_deadline : at;
    if (t->state == THREAD_WAITING && t->wait_deadline < at)
        return t->wait_deadline;
    return at;
}

static void timer_enter(struct cpu *cpu, struct thread *t)
{
    uint64_t at = earliest(t);

    if (at == t->timer)
        return;
    timer_remove(cpu, t);
    if (at != NEVER)
        timer_insert(cpu, t, at);
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

static bool limited(const struct thread *t)
{
    return __builtin_expect(t->budget < t->period, 0);
}

static void refill(struct thread *t, uint64_t now)
{
    if (now - t->period_start < t->period)
        return;
    t->period_start = now;
    t->budget_left = t->budget;
}

// Charges the time since the last switch to whoever ran.
static void charge(struct cpu *cpu, struct thread *t, uint64_t now)
{
    uint64_t ran = now - cpu->switched_tsc;

    cpu->switched_tsc = now;
    cpu->stats.switches++;
    if (!t) {
        cpu->stats.idle_tsc += now;
        return;
    }
    t->ran += ran;
    t->budget_left -= ran < t->budget_left ? ran : t->budget_left;
}

static void throttle(struct cpu *cpu, struct thread *t)
{
    t->state = THREAD_THROTTLED;
    trace(TRACE_BLOCK, t->trace_id, BLOCK_THROTTLED, 0, 0);
    timer_enter(cpu, t);
    cpu->resched = 1; // that CPU programs its timer
}

void sched_wait_over(struct cpu *cpu, struct thread *t, uint64_t now)
{
    if (limited(t)) {
        refill(t, now);
        if (t->budget_left == 0) {
            throttle(cpu, t);
            return;
        }
    }
    t->woken = t->timer < now ? t->timer : now;
    trace(TRACE_WAKE, t->trace_id, 0, 0, now - t->woken);
    make_ready(cpu, t);
}

// The head of its ring has used up its turn, or its budget.
static void turn_over(struct cpu *cpu, struct thread *t, uint64_t now)
{
    cpu->queue[t->priority] = t->queue_next;
    if (limited(t))
        refill(t, now);
    else
        t->budget_left = t->budget;
    if (t->budget_left > 0)
        return;
    queue_remove(cpu, t);
    throttle(cpu, t);
}

static uint64_t slice_end(struct thread *t, uint64_t now)
{
    if (limited(t))
        refill(t, now);
    else if (t->queue_next == t)
        return NEVER; // nobody waits for its turn to end
    return now + t->budget_left;
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
        if (t->budget_left == 0)
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

uint64_t sched_ran(struct thread *t)
{
    struct cpu *cpu = sched_lock_home(t);
    uint64_t ran = t->ran + (cpu->current == t ? x86_rdtsc() - cpu->switched_tsc : 0);

    lock_drop(&cpu->lock);
    return ran;
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
    timer_remove(cpu, t);
    if (t->state < state)
        t->state = state;
    // Its CPU lets go of it (registers, VMCS, page tables) at its next way out of the kernel.
    away = cpu->current != t && cpu->loaded_thread != t && cpu->fpu_thread != t &&
           (cpu->space != t->part || t->state != THREAD_STOPPED);
    if (!away) {
        cpu->resched = 1;
        cpu->drop = true;
        kick(cpu);
    }
    lock_drop(&cpu->lock);
    return away;
}

static void timer_fire(struct cpu *cpu, struct thread *t, uint64_t now)
{
    if (t->vcpu_timer <= now) {
        t->vcpu_timer = NEVER;
        vmx_timer_expired(t->vcpu); // may arm it again through sys_vcpu_timer
    }
    if (t->state == THREAD_THROTTLED && now - t->period_start >= t->period) {
        sched_wait_over(cpu, t, now);
    } else if (t->state == THREAD_WAITING && t->in_guest) {
        t->deaf = !vcpu_wakeable(t); // its timer interrupt is pending for good: further ones change nothing
        if (t->run_deadline <= now || !t->deaf)
            sched_wait_over(cpu, t, now);
    } else if (t->state == THREAD_WAITING && t->wait_deadline <= now) {
        t->regs.rax = (uint64_t)ERR_TIMEOUT; // the result of its event_wait
        sched_wait_over(cpu, t, now);
    }
    if (t->in_guest && t->run_deadline <= now)
        timer_remove(cpu, t); // it leaves the guest when it runs, and arms its timer when it enters again
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
