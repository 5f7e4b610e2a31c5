// SPDX-License-Identifier: MIT
// Partitions: what owns everything else. A partition's quotas come out of its parent's and go back
// whole when it is destroyed.
#include <lib/string.h>
#include <sys/log.h>
#include "memory.h"
#include "part.h"
#include "sched.h"
#include "trace.h"

static uint64_t last_id;

enum status part_create(struct part *parent, uint64_t kmem_pages, uint64_t mem_pages, struct part **out)
{
    struct account *from = &parent->account;

    if (kmem_pages < 2 || kmem_pages > from->quota - from->used)
        return ERR_NO_KMEM;
    if (mem_pages > parent->mem_quota - parent->mem_used)
        return ERR_NO_MEM;
    struct part *part = sys_page_alloc(from);
    if (!part)
        return ERR_NO_KMEM;
    from->used--; // the page itself is the child's first
    from->quota -= kmem_pages;
    part->account = (struct account){ .quota = kmem_pages, .used = 1 };
    parent->mem_quota -= mem_pages;
    part->mem_quota = mem_pages;
    part->object.type = OBJECT_PART;
    part->parent = parent;
    part->trace_id = ++last_id << 32 | TRACE_NONE << 8;
    parent->children++;
    *out = part;
    return ptab_create(part);
}

static void stop_threads(struct part *part)
{
    for (struct thread *t = part->threads; t; t = t->part_next)
        (void)sched_stop(t);
}

static void ended(struct part *part)
{
    part->state = PART_ENDED;
    trace(TRACE_LIFE, part->trace_id, TRACE_ENDED, part->end.end, (uint64_t)part->end.code);
    stop_threads(part);
    if (part->parent_thread)
        event_signal(part->parent_thread, part->end_bits);
}

void part_kill(struct part *part, enum part_end end)
{
    if (part->state == PART_ENDED)
        return;
    part->end.end = end;
    ended(part);
}

bool part_pause(struct part *part, bool on)
{
    bool away = true;

    part->paused = on;
    for (struct thread *t = part->threads; t; t = t->part_next)
        away &= sched_park(t);
    for (struct thread *t = part->threads; t && away && !on; t = t->part_next)
        sched_unpark(t);
    return away;
}

noreturn void part_end_current(const struct part_info *why)
{
    struct part *part = this_cpu()->current->part;

    kernel_lock_take();
    if (part->state != PART_ENDED) {
        if (!part->parent)
            sys_panic("root ended: kind %u code %ld vector %u error 0x%x rip 0x%lx address 0x%lx", why->end, why->code,
                      why->vector, why->error, why->rip, why->address);
        part->end = *why;
        ended(part);
    }
    kernel_lock_drop();
    this_cpu()->resched = 1;
    sched_resume();
}

// The steps in order; each call does one bounded part of the first that is not done.
static bool stop_and_free_threads(struct part *part)
{
    bool away = true;

    // All must be away before one is freed: they share its vcpu_page.
    for (struct thread *t = part->threads; t; t = t->part_next)
        away &= sched_stop(t);
    away &= thread_space_left(part);
    struct thread *t = part->threads;
    if (!t)
        return away;
    if (away)
        thread_destroy(t);
    return false;
}

enum status part_destroy_step(struct part *part, bool *done)
{
    struct part *parent = part->parent;

    *done = false;
    part_kill(part, END_KILLED);
    if (part->children)
        return ERR_BUSY; // its quotas hold theirs
    memory_changes++;
    if (!stop_and_free_threads(part) || !tables_destroy(&part->vm.ept.tables, mem_unmapped) ||
        !tables_destroy(&part->tables, mem_unmapped) || !handle_close_some(part))
        return OK;
    sys_page_free(&part->account, part->vm.cpuid);
    sys_page_free(&part->account, part->vm.apic_access);
    part->vm = (struct vm){ 0 };
    if (part->mems)
        return ERR_BUSY; // somebody else still has a handle or a mapping
    if (part->account.used != 1 || part->mem_used != 0)
        sys_panic("partition %s leaks: %lu kernel pages, %lu pages", part->name, part->account.used - 1,
                  part->mem_used);
    trace(TRACE_LIFE, part->trace_id, TRACE_DESTROYED, 0, 0);
    handle_revoke_all(&part->object);
    parent->children--;
    parent->account.quota += part->account.quota;
    parent->mem_quota += part->mem_quota;
    parent->account.used++;
    sys_page_free(&parent->account, part);
    *done = true;
    return OK;
}

void part_get_info(struct part *part, struct part_info *info)
{
    *info = part->end;
    info->state = part->paused && part->state != PART_ENDED ? PART_PAUSED : part->state;
    info->kmem_pages = part->account.used;
    info->kmem_quota = part->account.quota;
    info->mem_pages = part->mem_used;
    info->mem_quota = part->mem_quota;
    info->ept_pages = part->vm.ept.tables.pages;
    info->ptab_pages = part->tables.pages;
    for (struct thread *t = part->threads; t; t = t->part_next) {
        sched_times(t, info);
        uint64_t guest = t->guest_tsc;
        info->guest_tsc += (int64_t)guest < 0 ? guest + x86_rdtsc() : guest;
        info->kernel_tsc += t->kernel_tsc;
        info->latency = t->latency > info->latency ? t->latency : info->latency;
    }
    info->id = (uint32_t)(part->trace_id >> 32);
    info->threads = part->thread_count;
    info->handles = handle_count(part);
    memcpy(info->name, part->name, sizeof(info->name));
}
