// SPDX-License-Identifier: MIT
// Threads: creation and the end of them; sched.c runs them.
#include "irq.h"
#include "memory.h"
#include "part.h"
#include "sched.h"

#define PERIODS_PER_SECOND 100u

enum status thread_create(struct part *part, struct cpu *cpu, const struct regs *regs, unsigned priority,
                          unsigned budget_percent, struct thread **out)
{
    struct thread *t = sys_page_alloc(&part->account);

    if (!t)
        return ERR_NO_KMEM;
    t->object.type = OBJECT_THREAD;
    t->regs = *regs;
    t->regs.rflags = RFLAGS_ONE | RFLAGS_IF;
    t->full = 1;
    t->cpu = cpu;
    t->part = part;
    t->priority = (uint8_t)priority;
    t->period = tsc_hz / PERIODS_PER_SECOND;
    t->budget = budget_percent >= 100 ? t->period : t->period * budget_percent / 100;
    fpu_init(&t->fpu);
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
