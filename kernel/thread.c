// SPDX-License-Identifier: MIT
// Threads: creation, placement and the end of them; sched.c runs them.
#include <lib/string.h>
#include "irq.h"
#include "memory.h"
#include "part.h"
#include "sched.h"
#include "trace.h"

#define PERIOD_UNITS_PER_SECOND 10000u
#define PERIOD_DEFAULT          100u

// The home CPU counts its threads; it is owned from the first exclusive one until the last one left.
static void leave_home(struct thread *t)
{
    if (--t->cpu->threads == 0)
        t->cpu->owner = NULL;
}

enum status thread_place(struct thread *t, uint64_t placement)
{
    uint64_t index = placement & 0x3ff, budget = placement >> 16 & 0xffff, reserve = placement >> 32 & 0xffff;
    uint64_t period = placement >> 48;
    bool exclusive = placement & PLACE_EXCLUSIVE, whole = budget == 0 || budget == BUDGET_WHOLE;

    if (index >= cpu_count || budget > BUDGET_WHOLE || reserve > (whole ? BUDGET_WHOLE : budget) ||
        (exclusive && (!whole || reserve)))
        return ERR_INVALID;
    struct cpu *cpu = cpus[index];
    if (cpu->threads > (t->cpu == cpu) && (exclusive || cpu->owner) && cpu->owner != t->part)
        return ERR_BUSY;
    if (t->cpu)
        leave_home(t);
    cpu->threads++;
    t->exclusive = exclusive;
    if (exclusive)
        cpu->owner = t->part;
    t->cpu = cpu;
    t->priority = t->own_priority = placement >> 10 & (PRIORITIES - 1);
    if (t->budget >= t->period) { // else it keeps what it owes
        memset(t->refill, 0, sizeof(t->refill));
        t->ran_until = 0;
    }
    t->period = tsc_hz / PERIOD_UNITS_PER_SECOND * (period ? period : PERIOD_DEFAULT);
    // the whole is no limit: no rounding may make it one
    t->budget = whole ? t->period : t->period * budget / BUDGET_WHOLE;
    t->reserve = t->period * reserve / BUDGET_WHOLE;
    t->metered = !whole || reserve;
    t->budget_left = (int64_t)t->period;
    return OK;
}

enum status thread_create(struct part *part, const struct regs *regs, uint64_t placement, struct thread **out)
{
    struct thread *t = sys_page_alloc(&part->account);

    if (!t)
        return ERR_NO_KMEM;
    t->object.type = OBJECT_THREAD;
    t->regs = *regs;
    t->regs.rflags = RFLAGS_ONE | RFLAGS_IF;
    t->full = 1;
    t->part = part;
    t->state = THREAD_PARKED;
    t->timer = t->refill_at = t->vcpu_timer = t->wait_deadline = t->run_deadline = NEVER;
    enum status status = thread_place(t, placement);
    if (status != OK) {
        sys_page_free(&part->account, t);
        return status;
    }
    fpu_init(&t->fpu, FPU_FNINIT);
    t->trace_id = (part->trace_id & ~0xff00ull) | (part->thread_count & 0xff) << 8;
    trace(TRACE_LIFE, t->trace_id, TRACE_STARTED, t->cpu->index, 0);
    t->part_next = part->threads;
    part->threads = t;
    part->thread_count++;
    part->state = PART_RUNNING;
    *out = t;
    return OK;
}

void thread_destroy(struct thread *t)
{
    struct part *part = t->part;
    struct thread **link = &part->threads;

    while (*link != t)
        link = &(*link)->part_next;
    *link = t->part_next;
    part->thread_count--;
    leave_home(t);
    handle_revoke_all(&t->object);
    irq_forget(t);
    if (t->op_mem)
        mem_release_if_unused(t->op_mem);
    sys_page_free(&part->account, t->vmcs);
    sys_page_free(&part->account, t->vapic);
    sys_page_free(&part->account, t->page);
    sys_page_free(&part->account, t->guest_fpu);
    sys_page_free(&part->account, t->vcpu);
    sys_page_free(&part->account, t);
}

void thread_ask_to_let_go(struct cpu *cpu)
{
    cpu->resched = 1;
    cpu->drop = true;
    if (cpu != this_cpu())
        smp_kick(cpu);
}

bool thread_space_left(const struct part *part)
{
    bool left = true;

    for (unsigned i = 0; i < cpu_count; i++) {
        lock_take(&cpus[i]->lock);
        if (cpus[i]->space == part) {
            left = false;
            thread_ask_to_let_go(cpus[i]);
        }
        lock_drop(&cpus[i]->lock);
    }
    return left;
}

void thread_let_go(struct cpu *cpu)
{
    cpu->drop = false;
    if (cpu->loaded_thread && cpu->loaded_thread->state >= THREAD_PARKED)
        vcpu_unload(cpu);
    if (cpu->fpu_thread && cpu->fpu_thread->state >= THREAD_PARKED)
        fpu_drop(cpu);
    if (cpu->space && cpu->space->state == PART_ENDED) {
        x86_write_cr3(kernel_pml4_hpa);
        cpu->space = NULL; // last: who sees it may free the tables
    }
}
