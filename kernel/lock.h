/* SPDX-License-Identifier: MIT */
/*
 * Locks. Two levels, taken in this order:
 *   kernel_lock   objects, handles, memory: every system call that touches more than its own thread
 *   cpu->lock     run queue, timers and thread states of one CPU (never two at once)
 * The hot paths (null, yield, vcpu_run, exits handled in vmx/) take no kernel_lock.
 */
#ifndef KERNEL_LOCK_H
#define KERNEL_LOCK_H

#include <hw/x86.h>
#include <sys/base.h>

struct lock {
    volatile uint32_t next, owner; /* ticket lock: first come, first served */
};

static inline void lock_take(struct lock *lock)
{
    uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

    while (__builtin_expect(__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != ticket, 0))
        x86_pause();
}

static inline void lock_drop(struct lock *lock)
{
    __atomic_store_n(&lock->owner, lock->owner + 1, __ATOMIC_RELEASE);
}

extern struct lock kernel_lock;
/* Waits for kernel_lock and meanwhile serves the TLB flush that its holder may wait for. */
void kernel_lock_wait(uint32_t ticket);
static inline void kernel_lock_take(void)
{
    uint32_t ticket = __atomic_fetch_add(&kernel_lock.next, 1, __ATOMIC_RELAXED);

    if (__atomic_load_n(&kernel_lock.owner, __ATOMIC_ACQUIRE) != ticket)
        kernel_lock_wait(ticket);
}
static inline bool kernel_lock_try(void)
{
    uint32_t ticket = kernel_lock.owner;

    return __atomic_compare_exchange_n(&kernel_lock.next, &ticket, ticket + 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}
static inline void kernel_lock_drop(void) { lock_drop(&kernel_lock); }

#endif
