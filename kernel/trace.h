/* SPDX-License-Identifier: MIT */
/* The trace: a ring of records a CPU, written by that CPU alone, with interrupts off. */
#ifndef KERNEL_TRACE_H
#define KERNEL_TRACE_H

#include "object.h"

extern uint32_t trace_mask; /* bit t: records of type t are wanted */
extern struct trace_record *trace_rings; /* of all CPUs, one behind the other */
extern uint64_t trace_size;              /* of one: a power of two */
void trace_write(uint64_t tsc, uint64_t what, uint64_t value, uint64_t duration);

/* who: trace_id of a thread or partition */
static inline __attribute__((always_inline)) void trace(enum trace_type type, uint64_t who, uint64_t number,
                                                        uint64_t value, uint64_t duration)
{
    if (__builtin_expect(trace_mask >> type & 1, 0))
        trace_write(x86_rdtsc(), who | number << 16 | type, value, duration);
}

#endif
