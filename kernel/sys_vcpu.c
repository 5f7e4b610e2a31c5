// SPDX-License-Identifier: MIT
// System calls on VMs and vCPUs.
#include <lib/string.h>
#include "init.h"
#include "memory.h"
#include "syscall.h"

// Maps a page of the kernel pool into the VMM: both sides work on it.
static enum status share_page(struct part *part, void *page, uint64_t va)
{
    return tables_map(&part->tables, va, kmem_hpa(page).v | ptab_flags(MAP_READ | MAP_WRITE), 0, &(uint64_t){ 1 });
}

static bool bad_va(uint64_t va)
{
    return va == 0 || va % PAGE_BYTES || va >= USER_END;
}

static enum status vm_pages(struct vm *vm, struct account *account)
{
    if (!vm->cpuid)
        vm->cpuid = sys_page_alloc(account);
    if (!vm->apic_access && vmx_has_apic_access())
        vm->apic_access = sys_page_alloc(account);
    if (!vm->cpuid || (!vm->apic_access && vmx_has_apic_access()))
        return ERR_NO_KMEM;
    return ept_init(&vm->ept, account);
}

int64_t call_vm_create(uint64_t cpuid_va)
{
    WITH_KERNEL_LOCK;
    struct part *part = current()->part;
    struct vm *vm = &part->vm;

    if (bad_va(cpuid_va))
        return ERR_INVALID;
    if (!(part->flags & RIGHT_VM))
        return ERR_RIGHTS;
    if (!vmx_available)
        return ERR_UNSUPPORTED;
    if (vm->exists)
        return ERR_EXISTS;
    // What is allocated stays with the partition and goes when it goes, also after an error.
    enum status status = vm_pages(vm, &part->account);
    if (status != OK)
        return status;
    vm->exists = true;
    return share_page(part, vm->cpuid, cpuid_va);
}

enum { VCPU, VMCS, VAPIC, SHARED, FPU, VCPU_PAGES };

static enum status vcpu_create(struct thread *t, uint32_t id, void *const page[], uint64_t va)
{
    const struct vm *vm = &t->part->vm;
    enum status status = vmx_vcpu_init(&(struct vmx_vcpu_pages){
        .vcpu = page[VCPU], .vmcs = page[VMCS], .vapic = page[VAPIC], .page = page[SHARED], .cpuid = vm->cpuid,
        .ept = &t->part->vm.ept, .peers = &t->part->vm.peers, .apic_access = vm->apic_access, .owner = t, .id = id,
    });

    return status == OK ? share_page(t->part, page[SHARED], va) : status;
}

int64_t call_vcpu_create(uint64_t id, uint64_t page_va)
{
    WITH_KERNEL_LOCK;
    struct thread *t = current();
    void *page[VCPU_PAGES];
    unsigned count = 0;

    if (bad_va(page_va))
        return ERR_INVALID;
    if (!t->part->vm.exists || t->vcpu || id >= VM_VCPUS)
        return ERR_STATE;
    while (count < VCPU_PAGES && (page[count] = sys_page_alloc(&t->part->account)))
        count++;
    enum status status = count == VCPU_PAGES ? vcpu_create(t, (uint32_t)id, page, page_va) : ERR_NO_KMEM;
    if (status != OK) {
        while (count > 0)
            sys_page_free(&t->part->account, page[--count]);
        return status;
    }
    t->vmcs = page[VMCS];
    t->vapic = page[VAPIC];
    t->page = page[SHARED];
    t->guest_fpu = page[FPU];
    t->vcpu = page[VCPU];
    t->page->deadline = NEVER;
    fpu_init(t->guest_fpu, FPU_RESET);
    vmx_vcpu_join(t->vcpu);
    vcpu_load(t->cpu, t);
    return OK;
}

int64_t call_vm_interrupt(uint64_t command, uint64_t destination)
{
    return vmx_message(&current()->part->vm.peers, (uint32_t)command, (uint32_t)destination);
}

int64_t call_vcpu_run(void)
{
    struct thread *t = current();

    if (!t->vcpu)
        return ERR_STATE;
    enum status status = vmx_vcpu_request(t->vcpu);
    if (status != OK)
        return status;
    t->in_guest = 1;
    uint64_t deadline = t->page->deadline;
    if (deadline != t->run_deadline) {
        t->run_deadline = deadline;
        sched_timer_update(t);
    }
    if (!t->fpu_is_guest)
        fpu_give_guest(t);
    if (t->cpu->resched)
        sched_resume();
    vcpu_resume(t);
}

int64_t call_vcpu_get_state(uint64_t to)
{
    struct thread *t = current();
    struct vcpu_state state;

    if (!t->vcpu)
        return ERR_STATE;
    vmx_vcpu_get_state(t->vcpu, &state);
    return copy_to_user(pointer(to), &state, sizeof(state));
}

int64_t call_vcpu_set_state(uint64_t from)
{
    struct thread *t = current();
    struct vcpu_state state;

    if (!t->vcpu)
        return ERR_STATE;
    if (copy_from_user(&state, pointer(from), sizeof(state)) != OK)
        return ERR_FAULT;
    fpu_take(t); // XCR0 may change: the next vcpu_run loads it with the guest's registers
    enum status status = vmx_vcpu_set_state(t->vcpu, &state);
    if (status == OK && state.fpu_control)
        fpu_init(t->guest_fpu, (uint16_t)state.fpu_control);
    return status;
}

int64_t call_vcpu_apic(uint64_t offset_write, uint64_t value)
{
    struct thread *t = current();
    uint32_t v = (uint32_t)value;

    if (!t->vcpu)
        return ERR_STATE;
    enum status status = vmx_vcpu_apic(t->vcpu, offset_write & 0xfff, offset_write >> 31 & 1, &v);
    return status == OK ? (int64_t)v : status;
}

int64_t call_vcpu_field(uint64_t field, uint64_t to)
{
    uint64_t value;

    if (!current()->vcpu)
        return ERR_STATE;
    return vmx_field(field, &value) ? copy_to_user(pointer(to), &value, sizeof(value)) : ERR_NOT_FOUND;
}
