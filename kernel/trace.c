// SPDX-License-Identifier: MIT
// The trace, and figures of CPUs: root's alone, for they tell about every partition.
#include "syscall.h"
#include "trace.h"

uint32_t trace_mask;
struct trace_record *trace_rings;
uint64_t trace_size;

void trace_write(uint64_t tsc, uint64_t what, uint64_t value, uint64_t duration)
{
    struct cpu *cpu = this_cpu();
    struct trace_record *r = &trace_rings[cpu->index * trace_size + (cpu->traced & (trace_size - 1))];

    *r = (struct trace_record){ tsc, what, value, duration };
    __atomic_store_n(&cpu->traced, cpu->traced + 1, __ATOMIC_RELEASE);
}

static bool allowed(uint64_t cpu)
{
    return current()->part->flags & RIGHT_MANAGE && cpu < cpu_count;
}

int64_t call_cpu_stats(uint64_t index, uint64_t to)
{
    return allowed(index) ? copy_to_user(pointer(to), &cpus[index]->stats, sizeof(struct cpu_stats)) : ERR_INVALID;
}

int64_t call_trace_control(uint64_t types)
{
    if (!allowed(0) || types >> TRACE_TYPES)
        return ERR_INVALID;
    trace_mask = (uint32_t)types;
    vmx_time_exits(types >> TRACE_EXIT & 1);
    return OK;
}

int64_t call_trace_read(uint64_t index, uint64_t position, uint64_t to)
{
    if (!allowed(index))
        return ERR_INVALID;
    const uint64_t *written = &cpus[index]->traced;
    uint64_t end = __atomic_load_n(written, __ATOMIC_ACQUIRE), oldest = end < trace_size ? 0 : end - trace_size + 1;
    position = position < oldest ? oldest : position;
    if (position >= end)
        return 0;
    struct trace_record record = trace_rings[index * trace_size + (position & (trace_size - 1))];
    if (__atomic_load_n(written, __ATOMIC_ACQUIRE) >= position + trace_size)
        return ERR_BUSY; // it may have been written over meanwhile
    return copy_to_user(pointer(to), &record, sizeof(record)) == OK ? (int64_t)(position + 1) : ERR_FAULT;
}
