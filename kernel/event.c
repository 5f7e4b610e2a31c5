// SPDX-License-Identifier: MIT
// Events: each thread has one word of bits; a signal sets some and wakes it.
#include "sched.h"

void event_signal(struct thread *t, uint64_t bits)
{
    __atomic_fetch_or(&t->events, bits & ~(1ull << 63), __ATOMIC_ACQ_REL);
    sched_wake(t);
}
