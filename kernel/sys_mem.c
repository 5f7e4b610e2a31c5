// SPDX-License-Identifier: MIT
// System calls on memory objects and mappings.
#include "memory.h"
#include "syscall.h"

// Goes on with the object that the thread is making; its handle when it is whole, 0 when not yet.
static int64_t create_step(struct thread *t)
{
    struct mem *mem = t->op_mem;
    bool done;
    int64_t result = mem_fill_step(mem, &done);

    if (result == OK && !done)
        return 0;
    t->op_mem = NULL;
    if (result == OK)
        result = handle_add(t->part, 0, &mem->object, RIGHT_READ | RIGHT_WRITE | RIGHT_EXEC | RIGHT_GIVE, 0);
    if (result < 0)
        mem_release_if_unused(mem);
    return result;
}

int64_t call_mem_create(uint64_t part_handle, uint64_t bytes, uint64_t flags)
{
    WITH_KERNEL_LOCK;
    struct thread *t = current();
    enum status status;
    struct part *part = part_argument(part_handle, &status);

    if (flags || bytes == 0 || bytes % PAGE_BYTES || bytes > 1ull << 43)
        return ERR_INVALID;
    if (part && !t->op_mem)
        status = part->state == PART_ENDED ? ERR_STATE : mem_create(part, bytes / PAGE_BYTES, &t->op_mem);
    if (status != OK)
        return status;
    int64_t result = create_step(t);
    if (result == 0)
        syscall_restart(SYS_mem_create, part_handle, bytes, flags, 0, 0);
    return result;
}

static enum status range_check(uint64_t at, uint64_t bytes, uint64_t end)
{
    if ((at | bytes) % PAGE_BYTES || bytes == 0 || at >= end || bytes > end - at)
        return ERR_INVALID;
    return OK;
}

// Handle, rights and range of a mapping; what is asked for must be within all three.
static enum status mem_argument(uint64_t handle, uint32_t prot, const struct mem_range *r, struct mem **mem)
{
    struct handle *h = handle_find(current()->part, handle, OBJECT_MEM);
    uint32_t needs = RIGHT_READ | (prot & MAP_WRITE ? RIGHT_WRITE : 0) | (prot & MAP_EXEC ? RIGHT_EXEC : 0);

    if (!h)
        return ERR_HANDLE;
    if ((h->rights & needs) != needs)
        return ERR_RIGHTS;
    *mem = (struct mem *)h->object;
    uint64_t size = (uint64_t)(*mem)->pages * PAGE_BYTES;
    if (r->offset % PAGE_BYTES || r->offset > size || r->bytes > size - r->offset)
        return ERR_INVALID;
    return OK;
}

int64_t call_mem_map(uint64_t part_handle, uint64_t handle, uint64_t offset, uint64_t va_prot, uint64_t bytes)
{
    uint32_t prot = va_prot % PAGE_BYTES;
    struct mem_range r = { offset, va_prot - prot, bytes };
    struct mem *mem;
    enum status status = range_check(r.at, bytes, USER_END);

    if (status != OK || !(prot & MAP_READ) || prot > 7 || (prot & MAP_WRITE && prot & MAP_EXEC) || r.at == 0)
        return ERR_INVALID;
    kernel_lock_take();
    struct part *part = part_argument(part_handle, &status);
    if (status == OK)
        status = mem_argument(handle, prot, &r, &mem);
    if (status == OK && part->state == PART_ENDED)
        status = ERR_STATE;
    if (status == OK)
        status = mem_map_user(part, mem, &r, prot);
    if (status == OK && r.bytes)
        syscall_restart(SYS_mem_map, part_handle, handle, r.offset, r.at | prot, r.bytes);
    kernel_lock_drop();
    return status;
}

int64_t call_mem_unmap(uint64_t part_handle, uint64_t va, uint64_t bytes)
{
    struct mem_range r = { 0, va, bytes };
    enum status status = range_check(va, bytes, USER_END);

    if (status != OK)
        return status;
    kernel_lock_take();
    struct part *part = part_argument(part_handle, &status);
    if (part && part->pml4)
        status = mem_unmap_user(part, &r);
    if (status == OK && r.bytes)
        syscall_restart(SYS_mem_unmap, part_handle, r.at, r.bytes, 0, 0);
    kernel_lock_drop();
    return status;
}

int64_t call_vm_map(uint64_t handle, uint64_t offset, uint64_t gpa_prot, uint64_t bytes)
{
    uint32_t prot = gpa_prot % PAGE_BYTES;
    struct mem_range r = { offset, gpa_prot - prot, bytes };
    struct part *part = current()->part;
    struct mem *mem;
    enum status status = range_check(r.at, bytes, 1ull << 46);

    if (status != OK || !(prot & MAP_READ) || prot > 7)
        return ERR_INVALID;
    kernel_lock_take();
    status = part->vm.exists ? mem_argument(handle, prot, &r, &mem) : ERR_STATE;
    if (status == OK)
        status = mem_map_guest(part, mem, &r, prot);
    if (status == OK && r.bytes)
        syscall_restart(SYS_vm_map, handle, r.offset, r.at | prot, r.bytes, 0);
    kernel_lock_drop();
    return status;
}

int64_t call_vm_unmap(uint64_t gpa, uint64_t bytes)
{
    struct mem_range r = { 0, gpa, bytes };
    struct part *part = current()->part;
    enum status status = range_check(gpa, bytes, 1ull << 46);

    if (status != OK)
        return status;
    kernel_lock_take();
    status = part->vm.exists ? mem_unmap_guest(part, &r) : ERR_STATE;
    if (status == OK && r.bytes)
        syscall_restart(SYS_vm_unmap, r.at, r.bytes, 0, 0, 0);
    kernel_lock_drop();
    return status;
}
