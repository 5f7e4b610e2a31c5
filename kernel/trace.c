// SPDX-License-Identifier: MIT
// The trace, and figures of CPUs: root's alone, for they tell about every partition.
#include "syscall.h"
#include "trace.h"

uint32_t trace_mask;
static struct trace_record *rings; // of all CPUs, one behind the other
static uint64_t size;              // of one: a power of two

void trace_init(const struct boot_info *boot)
{
    rings = (struct trace_record *)boot->trace_va;
    size = boot->trace_records;
}

void trace_write(uint64_t tsc, uint64_t what, uint64_t value, uint64_t duration)
{
    struct cpu *cpu = this_cpu();

    rings[cpu->index * size + (cpu->traced & (size - 1))] = (struct trace_record){ tsc, what, value, duration };
    __atomic_store_n(&cpu->traced, cpu->traced + 1, __ATOMIC_RELEASE);
}

static bool allowed(uint64_t cpu)
{
    return current()->part->flags & RIGHT_MANAGE && cpu < cpu_count;
}

int64_t call_cpu_stats(uint64_t index, uint64_t to)
{
    if (!allowed(index))
        return ERR_INVALID;
    struct cpu_stats stats = cpus[index]->stats;
    stats.tsc = x86_rdtsc();
    stats.idle_tsc = trace_time(stats.idle_tsc);
    stats.guest_tsc = trace_time(stats.guest_tsc);
    return copy_to_user(pointer(to), &stats, sizeof(stats));
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
    uint64_t end = __atomic_load_n(written, __ATOMIC_ACQUIRE), oldest = end < size ? 0 : end - size + 1;
    position = position < oldest ? oldest : position;
    if (position >= end)
        return 0;
    struct trace_record record = rings[index * size + (position & (size - 1))];
    if (__atomic_load_n(written, __ATOMIC_ACQUIRE) >= position + size)
        return ERR_BUSY; // it may have been written over meanwhile
    return copy_to_user(pointer(to), &record, sizeof(record)) == OK ? (int64_t)(position + 1) : ERR_FAULT;
}
