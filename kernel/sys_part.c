// SPDX-License-Identifier: MIT
// System calls on partitions and handles.
#include <lib/string.h>
#include "memory.h"
#include "syscall.h"
#include "trace.h"

int64_t call_handle_close(uint64_t handle)
{
    WITH_KERNEL_LOCK;
    struct handle *h = handle_find(current()->part, handle, OBJECT_ANY);

    if (!h || handle == H_SELF_PART)
        return ERR_HANDLE;
    handle_remove(h);
    return OK;
}

int64_t call_handle_give(uint64_t part_handle, uint64_t handle, uint64_t slot, uint64_t rights)
{
    WITH_KERNEL_LOCK;
    enum status status;
    struct part *part = part_argument(part_handle, &status);
    struct handle *h = handle_find(current()->part, handle, OBJECT_ANY);

    if (!part)
        return status;
    if (!h)
        return ERR_HANDLE;
    if (!(h->rights & RIGHT_GIVE) || (h->rights & rights) != rights)
        return ERR_RIGHTS;
    if (part->state == PART_ENDED)
        return ERR_STATE;
    int64_t result = handle_add(part, slot, h->object, (uint32_t)rights, h->data);
    return result < 0 ? result : OK;
}

static int64_t create(struct part *self, const char *name, uint64_t kmem, uint64_t mem, uint64_t end_bits,
                      uint64_t rights)
{
    struct part *part = NULL;
    bool done;
    enum status status = part_create(self, kmem, mem, &part);
    int64_t handle = status;

    if (status == OK) {
        string_copy(part->name, sizeof(part->name), name);
        trace(TRACE_LIFE, part->trace_id, TRACE_CREATED, ((uint64_t *)part->name)[0], ((uint64_t *)part->name)[1]);
        part->parent_thread = current();
        part->end_bits = end_bits;
        part->flags = (uint32_t)rights;
        handle = handle_add(part, H_SELF_PART, &part->object, (uint32_t)rights & (RIGHT_LOG | RIGHT_VM), 0);
    }
    if (handle >= 0)
        handle = handle_add(self, 0, &part->object, RIGHT_MANAGE, 0);
    if (handle < 0 && part) {
        part->parent_thread = NULL;
        do {
            (void)!part_destroy_step(part, &done); // empty: a few steps
        } while (!done);
    }
    return handle;
}

int64_t call_part_create(uint64_t name, uint64_t kmem, uint64_t mem, uint64_t end_bits, uint64_t rights)
{
    struct part *self = current()->part;
    char text[32];

    // Only the first partition makes others: a child with children could end before them.
    if (!(self->flags & RIGHT_MANAGE) || rights & RIGHT_MANAGE || (self->flags & rights) != rights)
        return ERR_RIGHTS;
    if (copy_from_user(text, pointer(name), sizeof(text)) != OK)
        return ERR_FAULT;
    text[sizeof(text) - 1] = 0;
    WITH_KERNEL_LOCK;
    return create(self, text, kmem, mem, end_bits, rights);
}

int64_t call_part_kill(uint64_t handle)
{
    WITH_KERNEL_LOCK;
    enum status status;
    struct part *part = part_argument(handle, &status);

    if (!part)
        return status;
    if (part == current()->part)
        return ERR_INVALID;
    part_kill(part, END_KILLED);
    return OK;
}

int64_t call_part_pause(uint64_t handle, uint64_t on)
{
    WITH_KERNEL_LOCK;
    enum status status;
    struct part *part = part_argument(handle, &status);

    if (!part)
        return status;
    if (part == current()->part || on > 1)
        return ERR_INVALID;
    if (part->state == PART_ENDED)
        return ERR_STATE;
    if (!part_pause(part, on))
        syscall_restart(SYS_part_pause, handle, on, 0, 0, 0);
    return OK;
}

int64_t call_part_destroy(uint64_t handle)
{
    WITH_KERNEL_LOCK;
    bool done;
    enum status status;
    struct part *part = part_argument(handle, &status);

    if (!part)
        return status;
    if (part == current()->part)
        return ERR_INVALID;
    status = part_destroy_step(part, &done);
    if (status == OK && !done)
        syscall_restart(SYS_part_destroy, handle, 0, 0, 0, 0);
    return status;
}

int64_t call_part_info(uint64_t handle, uint64_t to)
{
    WITH_KERNEL_LOCK;
    struct part_info info;
    enum status status;
    struct part *part = part_argument(handle, &status);

    if (!part)
        return status;
    part_get_info(part, &info);
    return copy_to_user(pointer(to), &info, sizeof(info));
}

int64_t call_part_stats(uint64_t handle, uint64_t to)
{
    WITH_KERNEL_LOCK;
    struct part_stats stats = { 0 };
    enum status status;
    struct part *part = part_argument(handle, &status);

    if (!part)
        return status;
    for (struct thread *t = part->threads; t; t = t->part_next)
        if (t->vcpu)
            vmx_vcpu_stats(t->vcpu, &stats);
    return copy_to_user(pointer(to), &stats, sizeof(stats));
}

int64_t call_part_exit(uint64_t code)
{
    part_end_current(&(struct part_info){ .end = END_EXIT, .code = (int64_t)code });
}
