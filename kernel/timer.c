// SPDX-License-Identifier: MIT
// Threads with a deadline: a heap a CPU, earliest on top. The CPU's timer is set to that, or to the
// end of the turn of the thread that runs. It is a skew heap: merging two is all there is to it, and
// costs the logarithm of their size on average over any sequence of operations.
#include "sched.h"

static void set(struct thread **link, struct thread *t)
{
    *link = t;
    if (t)
        t->timer_link = link;
}

static inline __attribute__((always_inline)) void merge(struct thread **link, struct thread *a, struct thread *b)
{
    while (a && b) {
        struct thread *first = b->timer < a->timer ? b : a;
        b = first == a ? b : a;
        set(link, first);
        a = first->timer_right;
        set(&first->timer_right, first->timer_left);
        link = &first->timer_left;
    }
    set(link, a ? a : b);
}

void timer_set(struct cpu *cpu, struct thread *t, uint64_t tsc)
{
    if (t->timer != NEVER)
        merge(t->timer_link, t->timer_left, t->timer_right);
    t->timer = tsc;
    if (tsc == NEVER)
        return;
    t->timer_left = t->timer_right = NULL;
    merge(&cpu->timers, cpu->timers, t);
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
