/* SPDX-License-Identifier: MIT */
/*
 * Mutual exclusion among the threads of one partition, numbered 0 to 31. Who does not get it at once spins a little,
 * then sleeps; the one that drops it wakes one sleeper.
 */
#ifndef USER_MUTEX_H
#define USER_MUTEX_H

#include <stdint.h>

#define MUTEX_THREADS 32u
#define EVENT_MUTEX (1ull << 3) /* what a thread's event sets; it may be set for other reasons, too */

enum { MUTEX_FREE, MUTEX_HELD, MUTEX_WANTED };

struct mutex {
    uint32_t state;                /* MUTEX_*; wanted: held, and somebody may sleep */
    uint32_t sleepers;             /* bit n: thread n sleeps or is about to */
    int64_t event[MUTEX_THREADS];  /* handles that set EVENT_MUTEX in each thread */
};

void mutex_lock_slow(struct mutex *mutex, unsigned self);
void mutex_wake(struct mutex *mutex);

static inline void mutex_lock(struct mutex *mutex, unsigned self)
{
    uint32_t expected = MUTEX_FREE;

    if (!__atomic_compare_exchange_n(&mutex->state, &expected, MUTEX_HELD, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        mutex_lock_slow(mutex, self);
}

static inline void mutex_unlock(struct mutex *mutex)
{
    if (__atomic_exchange_n(&mutex->state, MUTEX_FREE, __ATOMIC_SEQ_CST) == MUTEX_WANTED)
        mutex_wake(mutex);
}

#endif
