// sources: lib/user/mutex.c
// flags: -pthread
/* SPDX-License-Identifier: MIT */
/* The VMM's lock: nobody is inside together, and nobody sleeps for ever. Events are semaphores here. */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <errno.h>
#include <time.h>
#include <user/event.h>
#include <user/mutex.h>

#define THREADS 4
#define ROUNDS  20000

static struct mutex mutex;
static sem_t event[THREADS];
static __thread unsigned self;
static unsigned inside, together, count, sleeps, lost;

uint64_t event_take(uint64_t wanted, uint64_t deadline)
{
    struct timespec until;

    (void)deadline;
    __atomic_fetch_add(&sleeps, 1, __ATOMIC_RELAXED);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    while (sem_timedwait(&event[self], &until) != 0)
        if (errno == ETIMEDOUT) {
            lost++;
            break;
        }
    return wanted;
}

void event_set(int64_t handle)
{
    sem_post(&event[handle - 1]);
}

static void *work(void *number)
{
    self = (unsigned)(uintptr_t)number;
    for (unsigned i = 0; i < ROUNDS; i++) {
        mutex_lock(&mutex, self);
        together += __atomic_fetch_add(&inside, 1, __ATOMIC_SEQ_CST) != 0;
        count++;
        if (i % 64 == 0) /* long enough for the others to go to sleep */
            for (volatile unsigned n = 0; n < 20000; n++)
                ;
        __atomic_fetch_sub(&inside, 1, __ATOMIC_SEQ_CST);
        mutex_unlock(&mutex);
    }
    return NULL;
}

static void test_one_at_a_time(void **state)
{
    pthread_t thread[THREADS];

    (void)state;
    for (uintptr_t i = 0; i < THREADS; i++) {
        sem_init(&event[i], 0, 0);
        mutex.event[i] = (int64_t)i + 1;
    }
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, work, (void *)i), 0);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    assert_int_equal(together, 0);
    assert_int_equal(lost, 0);
    assert_int_equal(count, THREADS * ROUNDS);
    assert_true(sleeps > 0);
    assert_int_equal(mutex.state, MUTEX_FREE);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_one_at_a_time) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
