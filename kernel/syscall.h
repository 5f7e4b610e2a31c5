/* SPDX-License-Identifier: MIT */
/* The system-call handlers: call_<name>, in the files sys_*.c by topic. */
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H

#include "entry.h"
#include "part.h"
#include "sched.h"

#define CALL_0(name, ...) int64_t call_##name(void);
#define CALL_1(name, t0, a0, ...) int64_t call_##name(uint64_t);
#define CALL_2(name, t0, a0, t1, a1, ...) int64_t call_##name(uint64_t, uint64_t);
#define CALL_3(name, t0, a0, t1, a1, t2, a2, ...) int64_t call_##name(uint64_t, uint64_t, uint64_t);
#define CALL_4(name, ...) int64_t call_##name(uint64_t, uint64_t, uint64_t, uint64_t);
#define CALL_5(name, ...) int64_t call_##name(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
#include <abi/syscall.def>

static inline bool lock_kernel(void) { kernel_lock_take(); return true; }
static inline void unlock_kernel(const bool *held) { (void)held; kernel_lock_drop(); }
/* Declaration: kernel_lock is held from here until the block ends, by whatever way. */
#define WITH_KERNEL_LOCK const bool held __attribute__((cleanup(unlock_kernel), unused)) = lock_kernel()

static inline struct thread *current(void) { return this_cpu()->current; }
/* A partition argument: 0 = the caller's own, else a handle with MANAGE. NULL: *status says why. */
struct part *part_argument(uint64_t handle, enum status *status);
static inline struct thread *thread_of(struct object *object)
{
    return (struct thread *)((char *)object - offsetof(struct thread, object));
}
static inline void *pointer(uint64_t address) { return (void *)address; }

#endif
