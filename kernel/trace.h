/* SPDX-License-Identifier: MIT */
/* The trace: a ring of records a CPU, written by that CPU alone, with interrupts off. */
#ifndef KERNEL_TRACE_H
#define KERNEL_TRACE_H

#include <abi/boot_info.h>
#include "object.h"

extern uint32_t trace_mask; /* bit t: records of type t are wanted */
void trace_init(const struct boot_info *boot);
void trace_write(uint64_t tsc, uint64_t what, uint64_t value, uint64_t duration);

/* who: trace_id of a thread or partition */
static inline __attribute__((always_inline)) void trace(enum trace_type type, uint64_t who, uint64_t number,
                                                        uint64_t value, uint64_t duration)
{
    if (__builtin_expect(trace_mask >> type & 1, 0))
        trace_write(x86_rdtsc(), who | number << 16 | type, value, duration);
}

/* A figure of time lacks the TSC at which what it counts began, until that ends: one word, right at any moment. */
static inline uint64_t trace_time(uint64_t figure)
{
    return (int64_t)figure < 0 ? figure + x86_rdtsc() : figure;
}

#endif
