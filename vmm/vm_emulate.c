/* SPDX-License-Identifier: MIT */
/* Between exits and the emulator: buses, the xAPIC page, results back into the vCPU page. */
#include <stdio.h>
#include <hw/apic.h>
#include <hw/emulate.h>
#include <abi/guest.h>
#include "vm_emulate.h"

#define APIC_WRITE (1ull << 31)

/* xAPIC registers are dwords, 16 bytes apart; what lies between them is reserved. */
static uint64_t apic_read(struct vm *vm, uint64_t offset)
{
    int64_t value;

    if ((offset & 15) > 3)
        return 0;
    value = vm->kernel->apic(offset & ~15ull, 0);
    return value < 0 ? 0 : (uint64_t)value >> (8 * (offset & 3));
}

static bool is_apic(const struct vm *vm, uint64_t gpa)
{
    return (gpa & ~(MEM_PAGE - 1)) == APIC_DEFAULT_BASE && vm->cpu[vm->current].xapic;
}

static uint64_t mmio_read(void *ctx, uint64_t gpa, unsigned size)
{
    struct vm *vm = ctx;
    const struct bus_range *range;

    if (is_apic(vm, gpa))
        return apic_read(vm, gpa & (MEM_PAGE - 1));
    range = bus_quick(&vm->mmio, gpa, size);
    return range != NULL ? range->read(range->dev, gpa - range->base, size) : bus_read(&vm->mmio, gpa, size);
}

static void mmio_write(void *ctx, uint64_t gpa, unsigned size, uint64_t value)
{
    struct vm *vm = ctx;

    if (!is_apic(vm, gpa))
        bus_write(&vm->mmio, gpa, size, value);
    else if ((gpa & 15) == 0)
        (void)vm->kernel->apic((gpa & (MEM_PAGE - 1)) | APIC_WRITE, (uint32_t)value);
}

static uint64_t io_read(void *ctx, uint16_t port, unsigned size)
{
    struct vm *vm = ctx;

    return bus_read(&vm->io, port, size);
}

static void io_write(void *ctx, uint16_t port, unsigned size, uint64_t value)
{
    struct vm *vm = ctx;

    bus_write(&vm->io, port, size, value);
}

void vm_emulate_init(struct vm *vm)
{
    vm->emu_bus = (struct emu_bus){ mmio_read, mmio_write, io_read, io_write, vm };
    vm->emu = (struct emu){ .mem = &vm->mem, .phys_bits = vm->phys_bits, .bus = &vm->emu_bus };
}

/* The CPU has translated and permitted the access that led here: no need to walk for it again. */
static void know_translation(struct emu *emu, const struct vcpu_exit *exit)
{
    emu->known_read = (exit->flags & (IO_GLA | IO_WALK | IO_FETCH)) == IO_GLA;
    emu->known_write = emu->known_read && (exit->flags & IO_WRITE);
    emu->known_linear = exit->gla & ~(MEM_PAGE - 1);
    emu->known_gpa = exit->gpa & ~(MEM_PAGE - 1);
}

void vm_inject_page_fault(struct vm *vm, uint64_t cr2, uint32_t error)
{
    struct vcpu_state state;

    if (vm->kernel->get_state(&state) == 0) {
        state.cr2 = cr2;
        (void)vm->kernel->set_state(&state);
    }
    vm->page->inject_vector = X86_PF;
    vm->page->inject_has_error = 1;
    vm->page->inject_error = error;
    vm->page->request |= REQ_EXCEPTION;
}

/*
 * Between two repetitions with TF set: a debug trap on the same instruction. Raised like a fault,
 * for the saved RF is 1 there too (SDM vol. 3, 17.3.1.1).
 */
static void inject_step_trap(struct vm *vm)
{
    struct vcpu_state state;

    if (vm->kernel->get_state(&state) == 0) {
        state.dr6 |= DR6_BS;
        (void)vm->kernel->set_state(&state);
    }
    vm->page->inject_vector = X86_DB;
    vm->page->inject_has_error = 0;
    vm->page->request |= REQ_EXCEPTION;
}

static void inject_fault(struct vm *vm, const struct emu_fault *fault)
{
    if (fault->has_cr2) {
        vm_inject_page_fault(vm, fault->cr2, fault->error);
        return;
    }
    vm->page->inject_vector = fault->vector;
    vm->page->inject_has_error = fault->has_error;
    vm->page->inject_error = fault->error;
    vm->page->request |= REQ_EXCEPTION;
}

static void stop_unknown(struct vm *vm, const struct emu *emu)
{
    char bytes[INSN_MAX * 3 + 1] = "";

    for (unsigned i = 0; i < emu->byte_count; i++)
        snprintf(bytes + 3 * i, 4, " %02x", emu->bytes[i]);
    vm_end(vm, VM_END_INSTRUCTION,
           "instruction on device memory is not supported: rip 0x%llx, address 0x%llx, bytes%s",
           (unsigned long long)vm->page->context.rip, (unsigned long long)vm->page->exit.gpa, bytes);
}

/* Where no device is, what cannot be emulated is the guest's fault, not the VM's end. */
static void unknown(struct vm *vm, const struct emu *emu)
{
    if (bus_claims(&vm->mmio, vm->page->exit.gpa)) {
        stop_unknown(vm, emu);
        return;
    }
    vm->mmio.unclaimed_reads++;
    vm->page->inject_vector = X86_GP;
    vm->page->inject_has_error = 1;
    vm->page->inject_error = 0;
    vm->page->request |= REQ_EXCEPTION;
}

static void finish(struct vm *vm, struct emu *emu, enum emu_result result, uint64_t old_flags, uint64_t old_rsp)
{
    struct vcpu_page *page = vm->page;

    if (page->context.rflags != old_flags || page->gpr[GPR_RSP] != old_rsp)
        page->request |= REQ_RIP;
    switch (result) {
    case EMU_DONE:
        page->insn_len = (uint8_t)emu->length;
        page->request |= REQ_ADVANCE;
        break;
    case EMU_AGAIN:
        if (page->context.rflags & RFLAGS_TF)
            inject_step_trap(vm);
        break;
    case EMU_FAULT: inject_fault(vm, &emu->fault); break;
    case EMU_UNKNOWN: unknown(vm, emu); break;
    }
}

void vm_emulate_mmio(struct vm *vm)
{
    const struct vcpu_exit *exit = &vm->page->exit;
    uint64_t flags = vm->page->context.rflags, rsp = vm->page->gpr[GPR_RSP];

    if (exit->flags & IO_IDT) {
        /* The IDT, a descriptor table or the stack lies in no memory: no handler can ever run. */
        vm_end(vm, VM_END_TRIPLE_FAULT, "event delivery at rip 0x%llx needs address 0x%llx, where no memory is",
               (unsigned long long)vm->page->context.rip, (unsigned long long)exit->gpa);
        return;
    }
    if ((exit->flags & IO_FETCH) && !(exit->flags & IO_WALK)) {
        vm->page->inject_vector = X86_UD; /* all ones is no instruction */
        vm->page->inject_has_error = 0;
        vm->page->request |= REQ_EXCEPTION;
        return;
    }
    vm->emu.page = vm->page;
    know_translation(&vm->emu, exit);
    finish(vm, &vm->emu, emu_instruction(&vm->emu), flags, rsp);
}

void vm_emulate_string_io(struct vm *vm)
{
    uint64_t flags = vm->page->context.rflags, rsp = vm->page->gpr[GPR_RSP];

    vm->emu.page = vm->page;
    vm->emu.known_read = vm->emu.known_write = false;
    finish(vm, &vm->emu, emu_string_io(&vm->emu, &vm->page->exit), flags, rsp);
}
