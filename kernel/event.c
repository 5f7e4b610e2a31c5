// SPDX-License-Identifier: MIT
// Events: each thread has one word of bits; a signal sets some and wakes it.
#include "sched.h"

uint64_t event_fetch(struct thread *t, uint64_t mask)
{
    return __atomic_fetch_and(&t->events, ~mask, __ATOMIC_ACQ_REL) & mask;
}

void event_signal(struct thread *t, uint64_t bits)
{
    __atomic_fetch_or(&t->events, bits & ~(1ull << 63), __ATOMIC_ACQ_REL);
    // A thread of this CPU that is ready cannot begin to wait meanwhile.
    if (t->cpu != this_cpu() || t->state >= THREAD_WAITING)
        sched_wake(t);
}
