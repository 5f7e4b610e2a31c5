// SPDX-License-Identifier: MIT
// System calls on threads and events.
#include "syscall.h"

int64_t call_null(void)
{
    return 0;
}

int64_t call_yield(void)
{
    sched_yield();
    return 0;
}

int64_t call_event_wait(uint64_t deadline, uint64_t mask)
{
    struct thread *t = current();

    if (t->events & mask)
        return (int64_t)event_fetch(t, mask);
    if (x86_rdtsc() >= deadline)
        return ERR_TIMEOUT;
    lock_take(&t->cpu->lock);
    if (t->events & mask) {
        lock_drop(&t->cpu->lock);
        return (int64_t)event_fetch(t, mask);
    }
    t->wait_deadline = deadline;
    t->wait_mask = mask;
    sched_block(t); // whoever ends the wait writes the result
}

int64_t call_event_signal(uint64_t event)
{
    WITH_KERNEL_LOCK;
    struct handle *h = handle_find(current()->part, event, OBJECT_THREAD);

    if (!h)
        return ERR_HANDLE;
    if (!(h->rights & RIGHT_SIGNAL))
        return ERR_RIGHTS;
    event_signal(thread_of(h->object), h->data);
    return OK;
}

int64_t call_event_create(uint64_t thread, uint64_t bits)
{
    WITH_KERNEL_LOCK;
    struct thread *t = current();
    struct object *object = &t->object;
    uint32_t rights = RIGHT_SIGNAL | RIGHT_GIVE;

    if (thread != 0) {
        struct handle *h = handle_find(t->part, thread, OBJECT_THREAD);
        if (!h)
            return ERR_HANDLE;
        object = h->object;
        bits &= h->data; // fewer bits and rights than the handle has, never more
        rights &= h->rights;
    }
    return handle_add(t->part, 0, object, rights, bits);
}

static int64_t create(struct part *part, uint64_t rip, uint64_t rsp, uint64_t arg, uint64_t placement)
{
    struct regs regs = { .rip = rip, .rsp = rsp, .rdi = arg };
    struct thread *t;

    // Budgets are per thread: a partition that made threads for itself would multiply its own.
    if (part == current()->part)
        return ERR_RIGHTS;
    if (rip >= USER_END || rsp >= USER_END)
        return ERR_INVALID;
    if (part->state == PART_ENDED)
        return ERR_STATE;
    enum status status = thread_create(part, &regs, placement, &t);
    if (status != OK)
        return status;
    int64_t handle = handle_add(current()->part, 0, &t->object, RIGHT_SIGNAL | RIGHT_GIVE | RIGHT_MANAGE, ~0ull);
    if (handle < 0)
        thread_destroy(t);
    else if (!part->paused)
        sched_unpark(t);
    return handle;
}

int64_t call_thread_place(uint64_t thread, uint64_t placement)
{
    WITH_KERNEL_LOCK;
    struct handle *h = handle_find(current()->part, thread, OBJECT_THREAD);

    if (!h)
        return ERR_HANDLE;
    if (!(h->rights & RIGHT_MANAGE))
        return ERR_RIGHTS;
    struct thread *t = thread_of(h->object);
    if (t->part->state == PART_ENDED)
        return ERR_STATE;
    if (!sched_park(t)) {
        syscall_restart(SYS_thread_place, thread, placement, 0, 0, 0);
        return OK;
    }
    enum status status = thread_place(t, placement);
    if (!t->part->paused)
        sched_unpark(t);
    return status;
}

int64_t call_thread_create(uint64_t part_handle, uint64_t rip, uint64_t rsp, uint64_t arg, uint64_t placement)
{
    WITH_KERNEL_LOCK;
    enum status status;
    struct part *part = part_argument(part_handle, &status);

    return part ? create(part, rip, rsp, arg, placement) : status;
}
