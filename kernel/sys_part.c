// SPDX-License-Identifier: MIT
// System calls on partitions and handles.
#include <lib/string.h>
#include "memory.h"
#include "syscall.h"

int64_t call_handle_close(uint64_t handle)
{
    struct part *self = current()->part;
    int64_t status = ERR_HANDLE;

    kernel_lock_take();
    for (enum object_type type = OBJECT_PART; type <= OBJECT_POWER && status != OK; type++) {
        struct handle *h = handle_find(self, handle, type);
        if (h && handle != H_SELF_PART) {
            handle_remove(h);
            status = OK;
        }
    }
    kernel_lock_drop();
    return status;
}

static struct handle *any_handle(struct part *part, uint64_t slot)
{
    struct handle *h = NULL;

    for (enum object_type type = OBJECT_PART; type <= OBJECT_POWER && !h; type++)
        h = handle_find(part, slot, type);
    return h;
}

int64_t call_handle_give(uint64_t part_handle, uint64_t handle, uint64_t slot, uint64_t rights)
{
    enum status status;
    int64_t result;

    kernel_lock_take();
    struct part *part = part_argument(part_handle, &status);
    struct handle *h = any_handle(current()->part, handle);
    if (!part)
        result = status;
    else if (!h)
        result = ERR_HANDLE;
    else if (!(h->rights & RIGHT_GIVE) || (h->rights & rights) != rights)
        result = ERR_RIGHTS;
    else if (part->state == PART_ENDED)
        result = ERR_STATE;
    else
        result = handle_add(part, slot, h->object, (uint32_t)rights, h->data);
    kernel_lock_drop();
    return result < 0 ? result : 0;
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

    if (copy_from_user(text, pointer(name), sizeof(text)) != OK)
        return ERR_FAULT;
    text[sizeof(text) - 1] = 0;
    if ((self->flags & rights) != rights || (self->flags & RIGHT_MANAGE) == 0)
        return ERR_RIGHTS;
    kernel_lock_take();
    int64_t result = create(self, text, kmem, mem, end_bits, rights);
    kernel_lock_drop();
    return result;
}

int64_t call_part_kill(uint64_t handle)
{
    enum status status = ERR_INVALID;

    kernel_lock_take();
    struct part *part = part_argument(handle, &status);
    if (part && part != current()->part)
        part_kill(part, END_KILLED);
    else if (part)
        status = ERR_INVALID;
    kernel_lock_drop();
    return status;
}

int64_t call_part_destroy(uint64_t handle)
{
    enum status status;
    bool done = true;

    kernel_lock_take();
    struct part *part = part_argument(handle, &status);
    if (part == current()->part)
        status = ERR_INVALID;
    else if (part)
        status = part_destroy_step(part, &done);
    if (status == OK && !done)
        syscall_restart(SYS_part_destroy, handle, 0, 0, 0, 0);
    kernel_lock_drop();
    return status;
}

int64_t call_part_info(uint64_t handle, uint64_t to)
{
    struct part_info info;
    enum status status;

    kernel_lock_take();
    struct part *part = part_argument(handle, &status);
    if (part)
        part_get_info(part, &info);
    kernel_lock_drop();
    return part ? copy_to_user(pointer(to), &info, sizeof(info)) : status;
}

int64_t call_part_stats(uint64_t handle, uint64_t to, uint64_t reserved)
{
    struct part_stats stats;
    enum status status;

    (void)reserved;
    memset(&stats, 0, sizeof(stats));
    kernel_lock_take();
    struct part *part = part_argument(handle, &status);
    for (struct thread *t = part ? part->threads : NULL; t; t = t->part_next)
        if (t->vcpu)
            vmx_vcpu_stats(t->vcpu, &stats);
    kernel_lock_drop();
    return part ? copy_to_user(pointer(to), &stats, sizeof(stats)) : status;
}

int64_t call_part_exit(uint64_t code)
{
    part_end_current(&(struct part_info){ .end = END_EXIT, .code = (int64_t)code });
}
