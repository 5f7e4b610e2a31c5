// SPDX-License-Identifier: MIT
// Threads: creation, placement and the end of them; sched.c runs them.
#include "irq.h"
#include "memory.h"
#include "part.h"
#include "sched.h"
#include "trace.h"

#define PERIOD_UNITS_PER_SECOND 10000u
#define PERIOD_DEFAULT          100u

enum status thread_place(struct thread *t, uint64_t placement)
{
    uint64_t cpu = placement & 0xffff, priority = placement >> 16 & 0xffff;
    uint64_t budget = placement >> 32 & 0xffff, period = placement >> 48;

    if (cpu >= cpu_count || priority >= PRIORITIES || budget > BUDGET_WHOLE)
        return ERR_INVALID;
    t->cpu = cpus[cpu];
    t->priority = (uint8_t)priority;
    t->period = tsc_hz / PERIOD_UNITS_PER_SECOND * (period ? period : PERIOD_DEFAULT);
    // the whole is no limit: no rounding may make it one
    t->budget = budget && budget < BUDGET_WHOLE ? t->period * budget / BUDGET_WHOLE : t->period;
    t->budget_left = t->budget;
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
    t->timer = t->vcpu_timer = t->wait_deadline = t->run_deadline = NEVER;
    enum status status = thread_place(t, placement);
    if (status != OK) {
        sys_page_free(&part->account, t);
        return status;
    }
    fpu_init(&t->fpu);
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
