// SPDX-License-Identifier: MIT
// Threads with a deadline: a list a CPU, sorted by time. The CPU's timer is set to its head, or to
// the end of the turn of the thread that runs.
#include "sched.h"

void timer_remove(struct cpu *cpu, struct thread *t)
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

void timer_insert(struct cpu *cpu, struct thread *t, uint64_t tsc)
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

// How late the thread is that waited and runs now; the worst is kept.
void timer_late(struct thread *t, uint64_t now)
{
    if (now - t->woken > t->latency)
        t->latency = now - t->woken;
    t->woken = 0;
}

void sys_vcpu_timer(void *owner, uint64_t tsc)
{
    struct thread *t = owner;

    t->vcpu_timer = tsc;
    if (!t->cpu->firing) // else timer_fire does it
        sched_timer_update(t);
}
