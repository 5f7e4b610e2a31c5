// SPDX-License-Identifier: MIT
// System calls on memory objects and mappings.
#include <hw/apic.h>
#include "entry.h"
#include "memory.h"
#include "syscall.h"

#define GUEST_END (1ull << 46) // of guest-physical memory

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
    if (t->op_mem && (t->op_mem->owner != part || t->op_mem->pages != bytes / PAGE_BYTES)) {
        mem_release_if_unused(t->op_mem); // the call that it belonged to was not made again
        t->op_mem = NULL;
    }
    if (part && !t->op_mem)
        status = part->state == PART_ENDED ? ERR_STATE : mem_create(part, bytes / PAGE_BYTES, &t->op_mem);
    if (status != OK)
        return status;
    int64_t result = create_step(t);
    if (result == 0)
        syscall_restart(SYS_mem_create, part_handle, bytes, flags, 0, 0);
    return result;
}

static bool range_valid(const struct mem_range *r, uint64_t end)
{
    return (r->at | r->bytes) % PAGE_BYTES == 0 && r->bytes > 0 && r->at < end && r->bytes <= end - r->at;
}

// What is asked for must be within the handle's rights and the object.
static enum status map_step(struct part *part, bool guest, uint64_t handle, struct mem_range *r, uint32_t prot)
{
    struct handle *h = handle_find(current()->part, handle, OBJECT_MEM);
    uint32_t needs = RIGHT_READ | (prot & MAP_WRITE ? RIGHT_WRITE : 0) | (prot & MAP_EXEC ? RIGHT_EXEC : 0);

    if (!(prot & MAP_READ) || prot > (MAP_READ | MAP_WRITE | MAP_EXEC))
        return ERR_INVALID;
    if (!h)
        return ERR_HANDLE;
    if ((h->rights & needs) != needs)
        return ERR_RIGHTS;
    struct mem *mem = (struct mem *)h->object;
    uint64_t size = (uint64_t)mem->pages * PAGE_BYTES;
    if (r->offset % PAGE_BYTES || r->offset > size || r->bytes > size - r->offset)
        return ERR_INVALID;
    return mem_map(part, guest, mem, r, prot);
}

int64_t call_mem_map(uint64_t part_handle, uint64_t handle, uint64_t offset, uint64_t va_prot, uint64_t bytes)
{
    WITH_KERNEL_LOCK;
    uint32_t prot = va_prot % PAGE_BYTES;
    struct mem_range r = { offset, va_prot - prot, bytes };
    enum status status;
    struct part *part = part_argument(part_handle, &status);

    if (r.at == 0 || !range_valid(&r, USER_END) || (prot & MAP_WRITE && prot & MAP_EXEC))
        return ERR_INVALID;
    if (!part)
        return status;
    if (part->state == PART_ENDED)
        return ERR_STATE;
    status = map_step(part, false, handle, &r, prot);
    if (status == OK && r.bytes)
        syscall_restart(SYS_mem_map, part_handle, handle, r.offset, r.at | prot, r.bytes);
    return status;
}

int64_t call_mem_unmap(uint64_t part_handle, uint64_t va, uint64_t bytes)
{
    WITH_KERNEL_LOCK;
    struct mem_range r = { 0, va, bytes };
    enum status status;
    struct part *part = part_argument(part_handle, &status);

    if (!range_valid(&r, USER_END))
        return ERR_INVALID;
    if (part && part->tables.top)
        status = mem_unmap(part, false, &r);
    if (status == OK && r.bytes)
        syscall_restart(SYS_mem_unmap, part_handle, r.at, r.bytes, 0, 0);
    return status;
}

// On a CPU that does not virtualise accesses to it the page stays a hole.
static enum status map_apic_page(struct vm *vm)
{
    if (!vm->apic_access)
        return OK;
    uint64_t leaf = kmem_hpa(vm->apic_access).v | ept_flags(MAP_READ | MAP_WRITE);
    return tables_map(&vm->ept.tables, APIC_DEFAULT_BASE, leaf, 0, &(uint64_t){ 1 });
}

int64_t call_vm_map(uint64_t handle, uint64_t offset, uint64_t gpa_prot, uint64_t bytes)
{
    WITH_KERNEL_LOCK;
    uint32_t prot = gpa_prot % PAGE_BYTES;
    struct mem_range r = { offset, gpa_prot - prot, bytes };
    struct part *part = current()->part;

    if (handle == 0)
        return map_apic_page(&part->vm);
    if (!range_valid(&r, GUEST_END))
        return ERR_INVALID;
    enum status status = part->vm.exists ? map_step(part, true, handle, &r, prot) : ERR_STATE;
    if (status == OK && r.bytes)
        syscall_restart(SYS_vm_map, handle, r.offset, r.at | prot, r.bytes, 0);
    return status;
}

int64_t call_vm_unmap(uint64_t gpa, uint64_t bytes)
{
    WITH_KERNEL_LOCK;
    struct mem_range r = { 0, gpa, bytes };
    struct part *part = current()->part;

    if (!range_valid(&r, GUEST_END))
        return ERR_INVALID;
    enum status status = part->vm.exists ? mem_unmap(part, true, &r) : ERR_STATE;
    if (status == OK && r.bytes)
        syscall_restart(SYS_vm_unmap, r.at, r.bytes, 0, 0, 0);
    return status;
}

#define CLEARING 2000u // TSC ticks that a page takes at most; who sleeps until a time does not wait for them

// For a CPU that has nothing to run: clears one page, so that an interrupt waits for no more; false = no use to go on.
bool memory_idle(void)
{
    struct cpu *cpu = this_cpu();

    if (cpu->owner || x86_rdtsc() + CLEARING > cpu->timer_tsc || !kernel_lock_try())
        return false;
    bool more = kmem_clean() || frame_clean(false, 1);
    kernel_lock_drop();
    return more;
}
