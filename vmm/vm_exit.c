/* SPDX-License-Identifier: MIT */
/* What each kind of exit means: one small function each, and the table that names them. */
#include <string.h>
#include <hw/msr.h>
#include <hw/x86.h>
#include <abi/guest.h>
#include "entry_check.h"
#include "task.h"
#include "vm.h"
#include "vm_emulate.h"
#include "vmcs_check.h"

static void advance(struct vm *vm)
{
    vm->page->insn_len = vm->page->exit.insn_len;
    vm->page->request |= REQ_ADVANCE;
}

static void inject(struct vm *vm, uint8_t vector, bool has_error, uint32_t error)
{
    vm->page->inject_vector = vector;
    vm->page->inject_has_error = has_error;
    vm->page->inject_error = error;
    vm->page->request |= REQ_EXCEPTION;
}

static void exit_nothing(struct vm *vm)
{
    (void)vm; /* events and deadlines are looked at before each entry */
}

static uint64_t port_read(struct bus *io, uint16_t port, unsigned size)
{
    const struct bus_range *range = bus_quick(io, port, size);

    return range != NULL ? range->read(range->dev, port - range->base, size) : bus_read(io, port, size);
}

static void port_write(struct bus *io, uint16_t port, unsigned size, uint64_t value)
{
    const struct bus_range *range = bus_quick(io, port, size);

    if (range != NULL)
        range->write(range->dev, port - range->base, size, value);
    else
        bus_write(io, port, size, value);
}

/* Writing AL or AX leaves the rest of RAX alone, writing EAX clears its upper half. */
static void set_rax(uint64_t *rax, unsigned size, uint64_t value)
{
    uint64_t mask = bus_ones(size);

    *rax = size == 4 ? value & mask : (*rax & ~mask) | (value & mask);
}

static void exit_io(struct vm *vm)
{
    const struct vcpu_exit *exit = &vm->page->exit;
    uint64_t *rax = &vm->page->gpr[GPR_RAX];

    if (exit->flags & IO_STRING) {
        vm_emulate_string_io(vm);
        return;
    }
    if (exit->flags & IO_IN)
        set_rax(rax, exit->size, port_read(&vm->io, exit->port, exit->size));
    else
        port_write(&vm->io, exit->port, exit->size, *rax & bus_ones(exit->size));
    advance(vm);
}

static void exit_rdmsr(struct vm *vm)
{
    uint64_t value;

    if (!msr_read(&vm->cpu[vm->current].msrs, vm->page->exit.msr, &value)) {
        vm->refused_msrs++;
        inject(vm, X86_GP, true, 0);
        return;
    }
    vm->page->gpr[GPR_RAX] = (uint32_t)value;
    vm->page->gpr[GPR_RDX] = value >> 32;
    advance(vm);
}

static void exit_wrmsr(struct vm *vm)
{
    uint64_t value = vm->page->gpr[GPR_RDX] << 32 | (uint32_t)vm->page->gpr[GPR_RAX];

    if (!(vm->page->exit.msr == MSR_APIC_BASE ? vm_cpu_apic_base(vm, value)
          : msr_write(&vm->cpu[vm->current].msrs, vm->page->exit.msr, value))) {
        vm->refused_msrs++;
        inject(vm, X86_GP, true, 0);
        return;
    }
    advance(vm);
}

static void exit_interrupt_window(struct vm *vm)
{
    if (!pic_output(&vm->pic))
        return;
    vm->page->inject_vector = pic_acknowledge(&vm->pic);
    vm->page->request |= REQ_EXTINT;
}

static void exit_eoi(struct vm *vm)
{
    ioapic_eoi(&vm->ioapic, vm->page->exit.vector);
}

/* No hypercall is known here: as KVM answers, -ENOSYS, and go on. */
static void exit_hypercall(struct vm *vm)
{
    vm->page->gpr[GPR_RAX] = (uint64_t)-1000ll;
    advance(vm);
}

static void exit_task_switch(struct vm *vm)
{
    task_switch(vm);
}

static void exit_shutdown(struct vm *vm)
{
    vm_end(vm, VM_END_TRIPLE_FAULT, "guest shut down (triple fault) at rip 0x%llx",
           (unsigned long long)vm->page->context.rip);
}

/* What the kernel made of the guest's state comes first: there, nothing is ever expected. */
static void exit_entry_fail(struct vm *vm)
{
    const struct vmcs vmcs = {vm->kernel->field, vm->cr_fixed, vm->phys_bits};
    uint32_t detail = vm->page->exit.detail;
    struct vcpu_state state;
    char why[200] = "";

    if (vm->kernel->get_state(&state) < 0)
        memset(&state, 0, sizeof(state));
    vmcs_check(&vmcs, why, sizeof(why));
    entry_check(&state, why, sizeof(why));
    vmcs_print(&vmcs, vm->console.put, vm->console.ctx);
    vm_end(vm, VM_END_ENTRY_FAIL, "the CPU refused to run the guest (0x%x, %s): %s; its console shows the VMCS",
           detail, vmcs_reason(detail), why[0] ? why : "no check that is made here failed");
}

static void exit_mmio(struct vm *vm)
{
    vm_emulate_mmio(vm);
}

static void exit_ipi(struct vm *vm)
{
    vm_cpu_ipi(vm, vm->page->exit.detail, vm->page->exit.targets);
}

static void (*const handlers[EXIT_KINDS])(struct vm *vm) = {
    [EXIT_NONE] = exit_nothing,
    [EXIT_EVENT] = exit_nothing,
    [EXIT_DEADLINE] = exit_nothing,
    [EXIT_IO] = exit_io,
    [EXIT_MMIO] = exit_mmio,
    [EXIT_RDMSR] = exit_rdmsr,
    [EXIT_WRMSR] = exit_wrmsr,
    [EXIT_INTR_WINDOW] = exit_interrupt_window,
    [EXIT_EOI] = exit_eoi,
    [EXIT_HYPERCALL] = exit_hypercall,
    [EXIT_TASK_SWITCH] = exit_task_switch,
    [EXIT_SHUTDOWN] = exit_shutdown,
    [EXIT_ENTRY_FAIL] = exit_entry_fail,
    [EXIT_IPI] = exit_ipi,
};

void vm_exit(struct vm *vm)
{
    uint32_t kind = vm->page->exit.kind;

    if (kind >= EXIT_KINDS || handlers[kind] == NULL) {
        vm_end(vm, VM_END_INTERNAL, "unknown exit %u", kind);
        return;
    }
    handlers[kind](vm);
}
