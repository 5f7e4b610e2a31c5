/* SPDX-License-Identifier: MIT */
/* The board of the virtual PC: which wire goes where, and reset. */
#include <stdarg.h>
#include <stdio.h>
#include <hw/apic.h>
#include <abi/guest.h>
#include "acpi_tables.h"
#include "bios_data.h"
#include "vm.h"
#include "vm_emulate.h"

#define IRQ_TIMER    0u
#define IRQ_KEYBOARD 1u
#define IRQ_COM1     4u
#define IRQ_RTC      8u
#define COM1_PORT    0x3f8u

void vm_end(struct vm *vm, uint64_t code, const char *format, ...)
{
    va_list args;

    if (vm->verdict == VM_END)
        return;
    vm->verdict = VM_END;
    vm->end_code = code;
    va_start(args, format);
    vsnprintf(vm->message, sizeof(vm->message), format, args);
    va_end(args);
}

void vm_request_reset(void *ctx)
{
    struct vm *vm = ctx;

    if (vm->verdict == VM_RUN)
        vm->verdict = VM_RESET;
}

static void request_off(void *ctx)
{
    vm_end(ctx, 0, "%s", "");
}

static void request_exit(void *ctx, uint32_t code)
{
    vm_end(ctx, code, "guest exit code %u", code);
}

static void debug_text(void *ctx, uint8_t byte)
{
    struct vm *vm = ctx;

    vm->console.put(vm->console.ctx, byte);
}

/* An ISA interrupt reaches both the 8259 pair and the I/O APIC; the timer is its pin 2. */
static void isa_line(void *ctx, unsigned line, bool level)
{
    struct vm *vm = ctx;

    if (line == IRQ_RTC && level)
        pm_rtc_alarm(&vm->pm);
    pic_set_line(&vm->pic, line, level);
    ioapic_set_line(&vm->ioapic, line == IRQ_TIMER ? 2 : line, level);
}

static struct irq_wire wire(struct vm *vm, unsigned line)
{
    return (struct irq_wire){ isa_line, vm, line };
}

/* Fixed edge-triggered messages to the vCPU that is at hand go through its page: no call is needed. */
static void deliver_here(struct vm *vm, const struct apic_message *message)
{
    uint64_t bit = 1ull << (message->vector & 63);
    unsigned word = message->vector >> 6;

    __atomic_fetch_and(&vm->page->tmr[word], ~bit, __ATOMIC_SEQ_CST);
    __atomic_fetch_or(&vm->page->irr[word], bit, __ATOMIC_SEQ_CST);
    vm->page->request |= REQ_IRQ;
}

bool vm_apic_deliver(void *ctx, const struct apic_message *message)
{
    struct vm *vm = ctx;
    uint32_t command = message->vector | (uint32_t)message->mode << 8;
    uint32_t destination = message->dest;

    /* Not level-triggered ones: whether the local APIC accepts them, the I/O APIC must know. */
    if (message->mode == APIC_FIXED && !message->logical && !message->level && message->dest == vm->current) {
        deliver_here(vm, message);
        return true;
    }
    if (message->logical)
        command |= APIC_ICR_LOGICAL;
    else if (destination == 0xff) /* everybody, whatever the mode of their APICs */
        destination = ~0u;
    if (message->level)
        command |= APIC_ICR_LEVEL;
    return vm->kernel->interrupt(command, destination) > 0;
}

static void tell_cpus(struct vm *vm)
{
    if (vm->kernel->cpus_are != NULL)
        vm->kernel->cpus_are(vm->hotcpu.wanted, vm->hotcpu.there);
}

static void cpus_changed(void *ctx)
{
    struct vm *vm = ctx;

    pm_gpe(&vm->pm, GUEST_GPE_CPUS);
}

static void cpus_gave(void *ctx, uint32_t cpus)
{
    vm_cpus_stop(ctx, cpus);
    tell_cpus(ctx);
}

void vm_cpus_want(struct vm *vm, uint32_t wanted)
{
    hotcpu_want(&vm->hotcpu, wanted);
    tell_cpus(vm);
}

static void connect(struct vm *vm)
{
    vm->ioapic.deliver = vm_apic_deliver;
    vm->ioapic.ctx = vm;
    vm->pit.clock = vm->rtc.clock = vm->pm.clock = vm->vga.clock = &vm->clock;
    vm->pit.irq = wire(vm, IRQ_TIMER);
    vm->rtc.irq = wire(vm, IRQ_RTC);
    vm->pm.irq = wire(vm, PM_SCI);
    vm->kbd.irq = wire(vm, IRQ_KEYBOARD);
    vm->uart.irq = wire(vm, IRQ_COM1);
    vm->uart.put = vm->console.put;
    vm->uart.get = vm->console.get;
    vm->uart.ctx = vm->console.ctx;
    vm->pm.power_off = request_off;
    vm->pci.reset = vm->kbd.reset = vm->misc.reset = vm_request_reset;
    vm->misc.text = debug_text;
    vm->misc.exit = request_exit;
    vm->hotcpu.changed = cpus_changed;
    vm->hotcpu.gave = cpus_gave;
    vm->hotcpu.wanted = UINT32_MAX; /* all, until somebody says otherwise */
    vm->pm.ctx = vm->pci.ctx = vm->kbd.ctx = vm->misc.ctx = vm->hotcpu.ctx = vm;
}

void vm_init(struct vm *vm, unsigned phys_bits)
{
    vm->phys_bits = phys_bits;
    bus_init(&vm->io, 0xffff);
    bus_init(&vm->mmio, UINT64_MAX);
    connect(vm);
    vm_emulate_init(vm);
    pic_attach(&vm->pic, &vm->io);
    pit_attach(&vm->pit, &vm->io);
    kbd_attach(&vm->kbd, &vm->io);
    rtc_attach(&vm->rtc, &vm->io);
    misc_attach(&vm->misc, &vm->io);
    watchdog_attach(&vm->watchdog, &vm->io);
    vga_attach(&vm->vga, &vm->io);
    uart_attach(&vm->uart, &vm->io, COM1_PORT);
    pm_attach(&vm->pm, &vm->io);
    hotcpu_attach(&vm->hotcpu, &vm->io);
    pci_attach(&vm->pci, &vm->io);
    if (vm->mem.rom_bytes != 0)
        fwcfg_attach(&vm->fwcfg, &vm->io);
    ioapic_attach(&vm->ioapic, &vm->mmio);
}

void vm_reset(struct vm *vm)
{
    vm->verdict = VM_RUN;
    vm_cpus_reset(vm);
    pic_reset(&vm->pic);
    ioapic_reset(&vm->ioapic);
    pit_reset(&vm->pit);
    rtc_reset(&vm->rtc, vm->mem.low_bytes, vm->mem.bytes - vm->mem.low_bytes);
    pm_reset(&vm->pm);
    uart_reset(&vm->uart);
    kbd_reset(&vm->kbd);
    pci_reset(&vm->pci);
    vga_reset(&vm->vga);
    misc_reset(&vm->misc);
    hotcpu_reset(&vm->hotcpu, vm->cpus);
    tell_cpus(vm);
    if (vm->mem.rom_bytes != 0) {
        fwcfg_reset(&vm->fwcfg, vm->cpus);
        return; /* tables are the firmware's */
    }
    acpi_tables_write(&vm->mem, vm->cpus, vm->hotcpu.there);
    mp_table_write(&vm->mem, vm->cpus, vm->hotcpu.there);
    bios_data_write(&vm->mem);
}

#define APIC_WRITE      (1ull << 31)
#define SPURIOUS_VECTOR 0x0fu

void vm_virtual_wire(struct vm *vm)
{
    (void)vm->kernel->apic(APIC_SVR | APIC_WRITE, APIC_SVR_ENABLE | SPURIOUS_VECTOR);
    (void)vm->kernel->apic(APIC_LVT_LINT0 | APIC_WRITE, APIC_MODE_EXTINT);
    (void)vm->kernel->apic(APIC_LVT_LINT1 | APIC_WRITE, APIC_MODE_NMI);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t timers_deadline(const struct vm *vm)
{
    return earlier(vm->pit.deadline, earlier(vm->rtc.deadline, vm->pm.deadline));
}

/* Ticks that come faster than this are merged: between two the guest must get to run. */
#define TIMER_RATE 50000u /* a second */

__attribute__((noinline)) static uint64_t run_timers(struct vm *vm, uint64_t deadline)
{
    uint64_t now = clock_now(&vm->clock);

    if (now < deadline)
        return deadline;
    pit_update(&vm->pit, now);
    rtc_update(&vm->rtc, now);
    pm_update(&vm->pm, now);
    deadline = timers_deadline(vm);
    uint64_t soonest = now + vm->clock.tsc_hz / TIMER_RATE;
    return deadline < soonest ? soonest : deadline;
}

static void tell_first_cpu(struct vm *vm, uint64_t deadline)
{
    const struct vcpu_page *first = vm->cpu[0].page;

    if (deadline < first->deadline || pic_output(&vm->pic) != first->want_extint)
        vm->kernel->kick(0);
}

void vm_before_entry(struct vm *vm)
{
    uint64_t deadline = timers_deadline(vm);

    if (vm->current != 0) {
        tell_first_cpu(vm, deadline);
        return;
    }
    if (deadline != CLOCK_NEVER)
        deadline = run_timers(vm, deadline);
    vm->page->deadline = deadline;
    vm->page->want_extint = pic_output(&vm->pic);
}

void vm_stats(const struct vm *vm, char *text, unsigned bytes)
{
    snprintf(text, bytes,
             "unclaimed ports: %llu reads, %llu writes; unclaimed memory: %llu reads, %llu writes (last 0x%llx); "
             "refused MSR accesses: %llu; resets: %llu",
             (unsigned long long)vm->io.unclaimed_reads, (unsigned long long)vm->io.unclaimed_writes,
             (unsigned long long)vm->mmio.unclaimed_reads, (unsigned long long)vm->mmio.unclaimed_writes,
             (unsigned long long)vm->mmio.last_unclaimed, (unsigned long long)vm->refused_msrs,
             (unsigned long long)vm->resets);
}
