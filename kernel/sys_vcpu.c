// SPDX-License-Identifier: MIT
// System calls on VMs and vCPUs.
#include <lib/string.h>
#include <hw/apic.h>
#include "init.h"
#include "memory.h"
#include "syscall.h"

// Maps a page of the kernel pool into the VMM: both sides work on it.
static enum status share_page(struct part *part, void *page, uint64_t va)
{
    return ptab_map(part, va, kmem_hpa(page).v, 0, MAP_READ | MAP_WRITE);
}

static bool bad_va(uint64_t va)
{
    return va == 0 || va % PAGE_BYTES || va >= USER_END;
}

static enum status vm_create(struct part *part, uint64_t va)
{
    struct vm *vm = &part->vm;
    enum status status;

    if (!(part->flags & RIGHT_VM))
        return ERR_RIGHTS;
    if (!vmx_available)
        return ERR_UNSUPPORTED;
    if (vm->exists)
        return ERR_EXISTS;
    vm->cpuid = sys_page_alloc(&part->account);
    if (vmx_has_apic_access())
        vm->apic_access = sys_page_alloc(&part->account);
    bool pages = vm->cpuid && (vm->apic_access || !vmx_has_apic_access());
    status = pages ? ept_init(&vm->ept, &part->account) : ERR_NO_KMEM;
    if (status == OK) {
        vm->exists = true; // from here part_destroy takes it down
        status = share_page(part, vm->cpuid, va);
    }
    if (status == OK && vm->apic_access)
        status = ept_map(&vm->ept, (gpa_t){ APIC_DEFAULT_BASE }, kmem_hpa(vm->apic_access), 0, MAP_READ | MAP_WRITE);
    if (!vm->exists && vm->cpuid)
        sys_page_free(&part->account, vm->cpuid);
    if (!vm->exists && vm->apic_access)
        sys_page_free(&part->account, vm->apic_access);
    return status;
}

int64_t call_vm_create(uint64_t cpuid_va)
{
    if (bad_va(cpuid_va))
        return ERR_INVALID;
    kernel_lock_take();
    enum status status = vm_create(current()->part, cpuid_va);
    kernel_lock_drop();
    return status;
}

static enum status vcpu_create(struct thread *t, uint64_t id, uint64_t va)
{
    struct account *account = &t->part->account;
    struct vm *vm = &t->part->vm;

    if (!vm->exists || t->vcpu || id > 254)
        return ERR_STATE;
    // What is allocated stays with the thread and goes when it goes, also after an error.
    if (!t->vmcs)
        t->vmcs = sys_page_alloc(account);
    if (!t->vapic)
        t->vapic = sys_page_alloc(account);
    if (!t->page)
        t->page = sys_page_alloc(account);
    if (!t->guest_fpu)
        t->guest_fpu = sys_page_alloc(account);
    struct vmx_vcpu *vcpu = sys_page_alloc(account);
    if (!vcpu)
        return ERR_NO_KMEM;
    struct vmx_vcpu_pages pages = {
        .vcpu = vcpu, .vmcs = t->vmcs, .vapic = t->vapic, .page = t->page, .cpuid = vm->cpuid,
        .ept = &vm->ept, .apic_access = vm->apic_access, .owner = t, .id = (uint32_t)id,
    };
    enum status status = t->vmcs && t->vapic && t->page && t->guest_fpu ? OK : ERR_NO_KMEM;
    if (status == OK)
        status = share_page(t->part, t->page, va);
    if (status == OK) {
        vcpu_unload(t->cpu);
        status = vmx_vcpu_init(&pages);
    }
    if (status != OK) {
        sys_page_free(account, vcpu);
        return status;
    }
    fpu_init(t->guest_fpu);
    t->page->deadline = ~0ull;
    t->vcpu = vcpu;
    vcpu_load(t->cpu, t);
    return OK;
}

int64_t call_vcpu_create(uint64_t id, uint64_t page_va)
{
    if (bad_va(page_va))
        return ERR_INVALID;
    kernel_lock_take();
    enum status status = vcpu_create(current(), id, page_va);
    kernel_lock_drop();
    return status;
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
    return vmx_vcpu_set_state(t->vcpu, &state);
}

int64_t call_vcpu_apic(uint64_t offset_write, uint64_t value, uint64_t reserved)
{
    struct thread *t = current();
    uint32_t v = (uint32_t)value;

    (void)reserved;
    if (!t->vcpu)
        return ERR_STATE;
    enum status status = vmx_vcpu_apic(t->vcpu, offset_write & 0xfff, offset_write >> 31 & 1, &v);
    return status == OK ? (int64_t)v : status;
}
