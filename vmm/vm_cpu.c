/* SPDX-License-Identifier: MIT */
/* INIT, start-up and reset of vCPUs. */
#include <hw/apic.h>
#include <hw/msr.h>
#include <hw/x86.h>
#include <abi/guest.h>
#include "boot_state.h"
#include "vm.h"

#define MODE (APIC_BASE_ENABLE | APIC_BASE_X2APIC)

/*
 * The CPU's virtual xAPIC page is of use to vCPUs in xAPIC mode; to others it would be RAM, where a PC has nothing.
 * So it is there while all are in that mode; without it the accesses come here as EXIT_MMIO.
 */
static void apic_page_update(struct vm *vm)
{
    bool all = true;

    for (unsigned i = 0; i < vm->cpus; i++)
        all &= vm->cpu[i].xapic;
    if (all != vm->apic_page && vm->kernel->apic_page(all) < 0)
        vm_end(vm, VM_END_INTERNAL, "the page of the local APIC cannot be %smapped", all ? "" : "un");
    vm->apic_page = all;
}

static void note_apic_mode(struct vm *vm, uint64_t base)
{
    vm->cpu[vm->current].xapic = (base & MODE) == APIC_BASE_ENABLE;
    apic_page_update(vm);
}

/* The steps that there are, SDM vol. 3, figure 10-27. */
static bool apic_step_valid(uint64_t from, uint64_t to)
{
    if ((from & MODE) == MODE)
        return (to & MODE) != APIC_BASE_ENABLE;
    return from & APIC_BASE_ENABLE || (to & MODE) != MODE;
}

bool vm_cpu_apic_base(struct vm *vm, uint64_t base)
{
    struct vcpu_state state;

    if (vm->kernel->get_state(&state) < 0 || !apic_step_valid(state.apic_base, base))
        return false;
    state.apic_base = base;
    if (vm->kernel->set_state(&state) < 0)
        return false;
    note_apic_mode(vm, base);
    return true;
}

void vm_cpus_reset(struct vm *vm)
{
    for (unsigned i = 0; i < vm->cpus; i++) {
        struct vm_cpu *cpu = &vm->cpu[i];

        cpu->page->request = 0;
        cpu->page->want_extint = 0;
        cpu->page->deadline = UINT64_MAX;
        for (unsigned word = 0; word < 4; word++)
            cpu->page->irr[word] = cpu->page->tmr[word] = 0;
        cpu->cold = cpu->init = cpu->waits = i > 0;
        cpu->start = NO_START;
        cpu->xapic = true;
        msr_reset(&cpu->msrs, vm->phys_bits);
    }
    apic_page_update(vm);
}

static void take_init(struct vm *vm, unsigned index)
{
    struct vm_cpu *cpu = &vm->cpu[index];

    if (index == 0) {
        vm_request_reset(vm); /* there is no firmware at the reset vector */
        return;
    }
    cpu->init = true;
    cpu->start = NO_START;
    vm->kernel->kick(index);
}

static void take_startup(struct vm *vm, unsigned index, uint8_t page)
{
    struct vm_cpu *cpu = &vm->cpu[index];

    if ((!cpu->init && !cpu->waits) || cpu->start != NO_START)
        return; /* the second of two, as the SDM wants them sent */
    if (!hotcpu_has(&vm->hotcpu, index))
        return; /* there is no such CPU now */
    cpu->start = page;
    vm->kernel->kick(index);
}

void vm_cpu_ipi(struct vm *vm, uint32_t command, uint64_t targets)
{
    uint32_t mode = command & APIC_LVT_MODE;
    bool deassert = (command & (APIC_ICR_LEVEL | APIC_ICR_ASSERT)) == APIC_ICR_LEVEL;

    for (unsigned i = 0; i < vm->cpus; i++) {
        if (!(targets >> i & 1))
            continue;
        if (mode == APIC_MODE_INIT && !deassert)
            take_init(vm, i);
        else if (mode == APIC_MODE_STARTUP)
            take_startup(vm, i, (uint8_t)command);
    }
}

void vm_cpus_stop(struct vm *vm, uint32_t cpus)
{
    for (unsigned i = 1; i < vm->cpus; i++)
        if (cpus >> i & 1) {
            vm->cpu[i].cold = true; /* one that comes is a new one */
            msr_reset(&vm->cpu[i].msrs, vm->phys_bits);
            take_init(vm, i);
        }
}

/* SDM vol. 3, table 9-1: model-specific registers but EFER, XCR0, the APIC's mode, the TSC, caches on or off. */
static void keep_over_init(struct vcpu_state *state, const struct vcpu_state *old)
{
    state->cr0 |= old->cr0 & (CR0_CD | CR0_NW);
    state->xcr0 = old->xcr0;
    state->pat = old->pat;
    state->star = old->star;
    state->lstar = old->lstar;
    state->cstar = old->cstar;
    state->fmask = old->fmask;
    state->kernel_gs_base = old->kernel_gs_base;
    state->tsc_aux = old->tsc_aux;
    state->sysenter_cs = old->sysenter_cs;
    state->sysenter_esp = old->sysenter_esp;
    state->sysenter_eip = old->sysenter_eip;
    state->debugctl = old->debugctl;
    state->tsc_adjust = old->tsc_adjust;
    state->apic_base = old->apic_base;
    state->tsc = old->tsc;
    state->fpu_control = 0;
}

/* cold: after a reset of the VM, as its firmware leaves a CPU. */
static void state_after_init(struct vcpu_state *state, bool cold)
{
    struct vcpu_state old = *state;
    struct vcpu_segment data = { .limit = 0xffff, .attr = 0x93 };

    boot_state_init(state);
    state->gpr[GPR_RDX] = x86_cpuid(1, 0).a;
    state->es = state->ss = state->ds = state->fs = state->gs = data;
    state->cs = (struct vcpu_segment){ .base = 0xffff0000, .limit = 0xffff, .attr = 0x9b, .selector = 0xf000 };
    state->ldtr = (struct vcpu_segment){ .limit = 0xffff, .attr = 0x82 };
    state->tr = (struct vcpu_segment){ .limit = 0xffff, .attr = 0x8b };
    state->gdt_limit = state->idt_limit = 0xffff;
    state->rip = 0xfff0;
    state->cr0 = CR0_ET;
    state->apic_base &= ~APIC_BASE_BSP;
    if (!cold)
        keep_over_init(state, &old);
}

static void do_init(struct vm *vm, struct vm_cpu *cpu)
{
    struct vcpu_state state;
    uint64_t apic_base;

    cpu->init = false;
    cpu->waits = true;
    vm->page->request = 0;
    if (vm->kernel->get_state(&state) < 0)
        return;
    state_after_init(&state, cpu->cold);
    cpu->cold = false;
    apic_base = state.apic_base;
    state.apic_base = apic_base & ~(APIC_BASE_ENABLE | APIC_BASE_X2APIC); /* off and on again: its registers' reset */
    (void)vm->kernel->set_state(&state);
    state.apic_base = apic_base;
    if (vm->kernel->set_state(&state) < 0)
        vm_end(vm, VM_END_INTERNAL, "vCPU %u cannot be reset", vm->current);
    note_apic_mode(vm, apic_base);
}

static void do_startup(struct vm *vm, struct vm_cpu *cpu)
{
    struct vcpu_state state;

    cpu->waits = false;
    if (vm->kernel->get_state(&state) < 0)
        return;
    state.cs.selector = (uint16_t)(cpu->start << 8);
    state.cs.base = (uint64_t)cpu->start << 12;
    state.rip = 0;
    cpu->start = NO_START;
    if (vm->kernel->set_state(&state) < 0)
        vm_end(vm, VM_END_INTERNAL, "vCPU %u cannot be started", vm->current);
}

bool vm_cpu_runs(struct vm *vm)
{
    struct vm_cpu *cpu = &vm->cpu[vm->current];

    if (cpu->init)
        do_init(vm, cpu);
    if (cpu->waits && cpu->start != NO_START)
        do_startup(vm, cpu);
    return !cpu->waits;
}
