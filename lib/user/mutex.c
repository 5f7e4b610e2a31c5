/* SPDX-License-Identifier: MIT */
/* The mutex when somebody else has it. */
#include "event.h"
#include "mutex.h"

#define SPINS 200u /* what is done under the lock is mostly short: a sleep costs more */

static int try_lock(struct mutex *mutex, uint32_t as)
{
    return __atomic_exchange_n(&mutex->state, as, __ATOMIC_SEQ_CST) == MUTEX_FREE;
}

/* The bit is set before the state is asked for: either we get the lock, or its holder sees the bit when it drops it. */
void mutex_lock_slow(struct mutex *mutex, unsigned self)
{
    for (unsigned i = 0; i < SPINS; i++) {
        uint32_t expected = MUTEX_FREE;
        if (__atomic_compare_exchange_n(&mutex->state, &expected, MUTEX_HELD, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return;
        __builtin_ia32_pause();
    }
    for (;;) {
        __atomic_fetch_or(&mutex->sleepers, 1u << self, __ATOMIC_SEQ_CST);
        if (try_lock(mutex, MUTEX_WANTED))
            break;
        (void)event_take(EVENT_MUTEX, EVENT_NEVER);
    }
    __atomic_fetch_and(&mutex->sleepers, ~(1u << self), __ATOMIC_SEQ_CST);
}

void mutex_wake(struct mutex *mutex)
{
    uint32_t sleepers = __atomic_load_n(&mutex->sleepers, __ATOMIC_SEQ_CST);

    if (sleepers != 0)
        event_set(mutex->event[__builtin_ctz(sleepers)]);
}
