/* SPDX-License-Identifier: MIT */
/* The whole virtual PC on a fake kernel: exits in, registers, requests and console out. */
// sources: vmm/vm.c vmm/dev_fwcfg.c vmm/vm_exit.c vmm/entry_check.c vmm/vmcs_check.c vmm/vm_emulate.c vmm/task.c vmm/task_segment.c vmm/emu.c vmm/emu_mem.c vmm/emu_string.c vmm/insn.c vmm/insn_alu.c vmm/walk.c vmm/mem.c vmm/bus.c vmm/clock.c vmm/msr.c vmm/dev_uart.c vmm/dev_pic.c vmm/dev_ioapic.c vmm/dev_pit.c vmm/pit_channel.c vmm/dev_rtc.c vmm/rtc_date.c vmm/dev_pm.c vmm/dev_kbd.c vmm/dev_misc.c vmm/dev_watchdog.c vmm/dev_hotcpu.c vmm/dev_pci.c vmm/dev_vga.c vmm/acpi_tables.c vmm/aml.c vmm/mp_table.c vmm/bios_data.c vmm/vm_cpu.c vmm/boot_state.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <hw/apic.h>
#include <hw/msr.h>
#include <hw/emulate.h>
#include <abi/guest.h>
#include <vmm/vm.h>

#define RAM 0x400000u

static struct vm vm;
static struct vcpu_page page;
static struct vcpu_state state;
static uint8_t *ram;
static uint64_t now;
static char text[256];
static unsigned text_count;
static const char *typed;
static uint32_t apic_regs[256];
static bool refuse_state, apic_is_x2;

static int64_t get_state(struct vcpu_state *to)
{
    *to = state;
    return 0;
}

static int64_t set_state(const struct vcpu_state *from)
{
    if (refuse_state)
        return -1;
    state = *from;
    return 0;
}

static int64_t apic(uint64_t offset_write, uint64_t value)
{
    uint32_t *reg = &apic_regs[(offset_write & 0xfff) / 16];

    if (apic_is_x2)
        return -1;
    if (offset_write >> 31)
        *reg = (uint32_t)value;
    return *reg;
}

static uint64_t read_now(void *ctx)
{
    (void)ctx;
    return now;
}

static void put(void *ctx, uint8_t byte)
{
    (void)ctx;
    text[text_count++ % (sizeof(text) - 1)] = (char)byte;
}

static bool get(void *ctx, uint8_t *byte)
{
    (void)ctx;
    if (*typed == 0)
        return false;
    *byte = (uint8_t)*typed++;
    return true;
}

static uint64_t sent_command, sent_destination;
static int64_t taken;
static unsigned kicked;

static int64_t interrupt(uint64_t command, uint64_t destination)
{
    sent_command = command;
    sent_destination = destination;
    return taken;
}

static int page_mapped = -1;

static int64_t apic_page(bool there)
{
    page_mapped = there;
    return 0;
}

static const uint64_t cr_fixed[4];

/* A VMCS whose link pointer alone is not what it must be, and that has a RIP. */
static int64_t field(uint64_t number, uint64_t *value)
{
    *value = number == VMCS_GUEST_RIP ? 0x1234 : number == VMCS_HOST_CS || number == VMCS_HOST_TR ? 8 : 0;
    return 0;
}

static void kick(unsigned cpu) { kicked |= 1u << cpu; }

static uint32_t told_wanted, told_there;

static void cpus_are(uint32_t wanted, uint32_t there)
{
    told_wanted = wanted;
    told_there = there;
}

static const struct vm_kernel kernel = { get_state, set_state, apic, interrupt, apic_page, field, kick, cpus_are };

static int setup(void **unused)
{
    (void)unused;
    ram = calloc(1, RAM);
    memset(&vm, 0, sizeof(vm));
    memset(&page, 0, sizeof(page));
    memset(&state, 0, sizeof(state));
    memset(text, 0, sizeof(text));
    memset(apic_regs, 0, sizeof(apic_regs));
    text_count = 0;
    typed = "";
    taken = 1;
    kicked = 0;
    now = 1000;
    refuse_state = apic_is_x2 = false;
    apic_regs[APIC_DFR / 16] = ~0u;
    apic_regs[APIC_LDR / 16] = 1u << 24;
    vm.page = vm.cpu[0].page = &page;
    vm.cpus = 1;
    vm.kernel = &kernel;
    vm.cr_fixed = cr_fixed;
    vm.console = (struct vm_console){ put, get, NULL };
    vm.clock = (struct clock){ .tsc_hz = 1000000000, .read = read_now };
    mem_init(&vm.mem, ram, RAM);
    vm_init(&vm, 40);
    vm_reset(&vm);
    page.context = (struct vcpu_context){ .rip = 0x1000, .rflags = 2, .cr0 = CR0_PE, .cs_attr = 0xc09b,
                                          .ss_attr = 0xc093 };
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    free(ram);
    return 0;
}

static void exit_kind(uint32_t kind)
{
    page.exit.kind = kind;
    page.request = 0;
    vm_exit(&vm);
}

static void out(uint16_t port, unsigned size, uint32_t value)
{
    page.exit = (struct vcpu_exit){ .port = port, .size = (uint8_t)size, .insn_len = 1 };
    page.gpr[GPR_RAX] = 0xdead000000000000ull | value;
    exit_kind(EXIT_IO);
    assert_int_equal(page.request & REQ_ADVANCE, REQ_ADVANCE);
    assert_int_equal(page.insn_len, 1);
}

static uint64_t in(uint16_t port, unsigned size)
{
    page.exit = (struct vcpu_exit){ .port = port, .size = (uint8_t)size, .insn_len = 2, .flags = IO_IN };
    page.gpr[GPR_RAX] = 0x1122334455667788ull;
    exit_kind(EXIT_IO);
    return page.gpr[GPR_RAX];
}

static void test_port_access_widths(void **unused)
{
    (void)unused;
    assert_int_equal(in(0xe9, 1), 0x11223344556677e9ull);
    assert_int_equal(in(0x1234, 2), 0x112233445566ffffull);
    assert_int_equal(in(0x1234, 4), 0xffffffffull);
    assert_int_equal(vm.io.unclaimed_reads, 6);
    out(0x1234, 4, 5);
    assert_int_equal(vm.io.unclaimed_writes, 4);
    out(0xffff, 2, 0);
    assert_int_equal(in(0xffff, 4) & 0xff, 0xff);
}

static void test_console_by_uart_and_debug_port(void **unused)
{
    (void)unused;
    out(0x3f8, 1, 'A');
    out(0xe9, 1, 'B');
    assert_string_equal(text, "AB");
    typed = "xy";
    uart_receive(&vm.uart);
    assert_int_equal(in(0x3f8, 1) & 0xff, 'x');
}

static void test_string_output(void **unused)
{
    (void)unused;
    memcpy(ram + 0x2000, "hello", 5);
    page.exit = (struct vcpu_exit){ .port = 0xe9, .size = 1, .insn_len = 2, .addr_size = 4, .seg = 3,
                                    .flags = IO_STRING | IO_REP };
    page.gpr[GPR_RSI] = 0x2000;
    page.gpr[GPR_RCX] = 5;
    exit_kind(EXIT_IO);
    assert_string_equal(text, "hello");
    assert_int_equal(page.request, REQ_ADVANCE);
    assert_int_equal(page.insn_len, 2);
}

static void test_string_output_single_stepped(void **unused)
{
    (void)unused;
    memcpy(ram + 0x2000, "ab", 2);
    page.context.rflags |= RFLAGS_TF;
    page.exit = (struct vcpu_exit){ .port = 0xe9, .size = 1, .insn_len = 2, .addr_size = 4, .seg = 3,
                                    .flags = IO_STRING | IO_REP };
    page.gpr[GPR_RSI] = 0x2000;
    page.gpr[GPR_RCX] = 2;
    exit_kind(EXIT_IO);
    assert_string_equal(text, "a");
    assert_int_equal(page.request, REQ_EXCEPTION);
    assert_int_equal(page.inject_vector, X86_DB);
    assert_true(state.dr6 & DR6_BS);
    exit_kind(EXIT_IO);
    assert_int_equal(page.request, REQ_ADVANCE);
}

static void test_power_off_and_exit_code(void **unused)
{
    (void)unused;
    out(GUEST_PORT_PM + 4, 2, GUEST_S5_TYPE << 10 | 0x2000);
    assert_int_equal(vm.verdict, VM_END);
    assert_int_equal(vm.end_code, 0);
    vm_reset(&vm);
    out(GUEST_PORT_EXIT, 1, 42);
    assert_int_equal(vm.verdict, VM_END);
    assert_int_equal(vm.end_code, 42);
    out(GUEST_PORT_EXIT, 1, 43); /* the first one counts */
    assert_int_equal(vm.end_code, 42);
    in(GUEST_PORT_EXIT, 4);
}

static void test_ways_to_reset(void **unused)
{
    static const struct { uint16_t port; uint8_t value; } ways[] = {
        { GUEST_PORT_RESET, 6 }, { 0x64, 0xfe }, { 0x92, 3 }
    };

    (void)unused;
    for (unsigned i = 0; i < 3; i++) {
        out(ways[i].port, 1, ways[i].value);
        assert_int_equal(vm.verdict, VM_RESET);
        vm_reset(&vm);
        assert_int_equal(vm.verdict, VM_RUN);
    }
    out(0x64, 1, 0xd1); /* output port by way of the keyboard controller */
    out(0x60, 1, 0xfe);
    assert_int_equal(vm.verdict, VM_RESET);
    vm_reset(&vm);
    out(0xcf9, 1, 2);
    assert_int_equal(in(0xcf9, 1) & 0xff, 2);
    assert_int_equal(vm.verdict, VM_RUN);
    assert_int_equal(in(0x92, 1) & 0xff, 2);
}

static void test_pci_bus_is_empty(void **unused)
{
    (void)unused;
    out(0xcf8, 4, 0x80000000);
    assert_int_equal(in(0xcf8, 4), 0x80000000);
    assert_int_equal(in(0xcfc, 4), 0x00081b36);
    assert_int_equal(in(0xcfe, 2) & 0xffff, 0x0008);
    out(0xcf8, 4, 0x80000008);
    assert_int_equal(in(0xcfc, 4), 0x06000000);
    out(0xcf8, 4, 0x80000004);
    assert_int_equal(in(0xcfc, 4), 6);
    out(0xcf8, 4, 0x8000000c);
    assert_int_equal(in(0xcfc, 4), 0);
    out(0xcf8, 4, 0x80000800);
    assert_int_equal(in(0xcfc, 4), 0xffffffff);
    out(0xcfc, 4, 1);
    out(0xcf8, 4, 0);
    assert_int_equal(in(0xcfc, 4), 0xffffffff);
    out(0xcfb, 1, 1);
    assert_int_equal(in(0xcf8, 2) & 0xffff, 0xffff);
}

static void test_keyboard_controller(void **unused)
{
    (void)unused;
    assert_int_equal(in(0x64, 1) & 0xff, 0x14);
    out(0x64, 1, 0xaa);
    assert_int_equal(in(0x64, 1) & 0xff, 0x1d);
    assert_int_equal(in(0x60, 1) & 0xff, 0x55);
    assert_int_equal(in(0x64, 1) & 1, 0);
    out(0x64, 1, 0x60);
    out(0x60, 1, 0x45);
    out(0x64, 1, 0x20);
    assert_int_equal(in(0x60, 1) & 0xff, 0x45);
    static const uint8_t commands[] = { 0xa7, 0xa8, 0xa9, 0xab, 0xad, 0xae, 0xc0, 0xd0, 0xd4, 0xff };
    for (unsigned i = 0; i < sizeof(commands); i++)
        out(0x64, 1, commands[i]);
    out(0x60, 1, 0xed);
    out(0x64, 1, 0xd2);
    out(0x60, 1, 0x1c);
    assert_int_equal(in(0x60, 1) & 0xff, 0x1c);
    assert_int_equal(vm.verdict, VM_RUN);
}

static void test_vga_registers(void **unused)
{
    uint8_t first;

    (void)unused;
    out(0x3d4, 2, 0x5a0e); /* index and data in one access */
    out(0x3d4, 1, 0x0e);
    assert_int_equal(in(0x3d5, 1) & 0xff, 0x5a);
    out(0x3d4, 1, 0x00);
    out(0x3d5, 1, 0x11); /* locked by bit 7 of register 0x11 */
    assert_int_equal(in(0x3d5, 1) & 0xff, 0x5f);
    out(0x3d4, 1, 7);
    out(0x3d5, 1, 0x10);
    first = (uint8_t)in(0x3da, 1);
    now += 20000;
    assert_int_not_equal(in(0x3da, 1) & 0xff, first);
    out(0x3c0, 1, 0x10);
    out(0x3c0, 1, 0x0b);
    assert_int_equal(in(0x3c1, 1) & 0xff, 0x0b);
    assert_int_equal(in(0x3c0, 1) & 0xff, 0x10);
    out(0x3c8, 1, 1);
    for (unsigned i = 0; i < 3; i++)
        out(0x3c9, 1, 10 + i);
    assert_int_equal(in(0x3c8, 1) & 0xff, 2);
    out(0x3c7, 1, 1);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(in(0x3c9, 1) & 0xff, 10 + i);
    for (unsigned port = 0x3c2; port < 0x3d0; port++) {
        in((uint16_t)port, 1);
        if (port != 0x3c2)
            out((uint16_t)port, 1, 3);
    }
    assert_int_equal(in(0x3b5, 1) & 0xff, 0xff); /* colour mode: nothing at the monochrome ports */
    out(0x3b5, 1, 0);
    out(0x3c2, 1, 0); /* monochrome */
    assert_int_equal(in(0x3d5, 1) & 0xff, 0xff);
    out(0x3d5, 1, 0);
    out(0x3b4, 1, 0x0f);
    out(0x3b5, 1, 0x77);
    assert_int_equal(in(0x3b5, 1) & 0xff, 0x77);
    out(0x3ba, 1, 1);
    in(0x3b6, 1);
}

static void test_other_ports(void **unused)
{
    (void)unused;
    out(0x80, 1, 0x12);
    assert_int_equal(in(0x80, 1) & 0xff, 0x12);
    assert_int_equal(in(0x2f8, 1) & 0xff, 0xff); /* no second UART */
}

static void test_msr_exits(void **unused)
{
    (void)unused;
    page.exit = (struct vcpu_exit){ .msr = MSR_MTRR_DEF_TYPE, .insn_len = 2 };
    exit_kind(EXIT_RDMSR);
    assert_int_equal(page.gpr[GPR_RAX], 0xc06);
    assert_int_equal(page.gpr[GPR_RDX], 0);
    assert_int_equal(page.request, REQ_ADVANCE);
    page.gpr[GPR_RAX] = 0x806;
    exit_kind(EXIT_WRMSR);
    assert_int_equal(page.request, REQ_ADVANCE);
    assert_int_equal(vm.cpu[0].msrs.mtrr_default, 0x806);
    page.gpr[GPR_RDX] = 1;
    exit_kind(EXIT_WRMSR);
    assert_int_equal(page.request, REQ_EXCEPTION);
    assert_int_equal(page.inject_vector, X86_GP);
    assert_int_equal(page.inject_has_error, 1);
    page.exit.msr = 0x777;
    exit_kind(EXIT_RDMSR);
    assert_int_equal(page.request, REQ_EXCEPTION);
    assert_int_equal(vm.refused_msrs, 2);
}

static void initialise_pic(void)
{
    out(0x20, 1, 0x11);
    out(0x21, 1, 0x20);
    out(0x21, 1, 4);
    out(0x21, 1, 1);
    out(0x21, 1, 0);
}

static void test_timer_interrupt_through_the_pic(void **unused)
{
    (void)unused;
    initialise_pic();
    out(0x43, 1, 0x34);
    out(0x40, 1, 0xe8);
    out(0x40, 1, 3);
    vm_before_entry(&vm);
    assert_int_equal(page.want_extint, 0);
    assert_in_range(page.deadline, now, now + 1000000);
    now = page.deadline;
    exit_kind(EXIT_DEADLINE);
    vm_before_entry(&vm);
    assert_int_equal(page.want_extint, 1);
    assert_true(page.deadline > now);
    exit_kind(EXIT_INTR_WINDOW);
    assert_int_equal(page.request, REQ_EXTINT);
    assert_int_equal(page.inject_vector, 0x20);
    vm_before_entry(&vm);
    assert_int_equal(page.want_extint, 0);
    exit_kind(EXIT_INTR_WINDOW); /* taken back meanwhile: nothing to answer */
    assert_int_equal(page.request, 0);
}

/* MMIO through the emulator: mov [abs32], eax and mov eax, [abs32] in 32-bit code. */
static void mmio_write(uint32_t address, uint32_t value)
{
    ram[0x1000] = 0xa3;
    memcpy(ram + 0x1001, &address, 4);
    page.gpr[GPR_RAX] = value;
    page.exit = (struct vcpu_exit){ .gpa = address, .flags = IO_WRITE };
    exit_kind(EXIT_MMIO);
    assert_int_equal(page.request & REQ_ADVANCE, REQ_ADVANCE);
    assert_int_equal(page.insn_len, 5);
}

static uint32_t mmio_read(uint32_t address)
{
    ram[0x1000] = 0xa1;
    memcpy(ram + 0x1001, &address, 4);
    page.exit = (struct vcpu_exit){ .gpa = address };
    exit_kind(EXIT_MMIO);
    return (uint32_t)page.gpr[GPR_RAX];
}

static void route(unsigned pin, uint32_t low, uint32_t high)
{
    mmio_write(IOAPIC_BASE, 0x11 + 2 * pin);
    mmio_write(IOAPIC_BASE + 0x10, high);
    mmio_write(IOAPIC_BASE, 0x10 + 2 * pin);
    mmio_write(IOAPIC_BASE + 0x10, low);
}

static bool pending(unsigned vector)
{
    bool was = page.irr[vector / 64] >> (vector % 64) & 1;

    page.irr[vector / 64] = 0;
    return was;
}

static void test_ioapic_to_the_vcpu(void **unused)
{
    (void)unused;
    mmio_write(IOAPIC_BASE, 1);
    assert_int_equal(mmio_read(IOAPIC_BASE + 0x10), 0x170020);
    route(9, 0x8000 | 0x51, 0);
    pm_power_button(&vm.pm);
    sent_command = 0;
    taken = 0; /* the local APIC is off by software: not in service */
    out(GUEST_PORT_PM + 2, 2, 0x100);
    assert_int_equal(sent_command, APIC_ICR_LEVEL | 0x51);
    assert_false(page.request & REQ_IRQ);
    assert_int_equal(vm.ioapic.entry[9] & 0x4000, 0);
    taken = 1;
    route(9, 0x8000 | 0x51, 0);
    assert_int_equal(vm.ioapic.entry[9] & 0x4000, 0x4000);
    sent_command = 0;
    page.exit.vector = 0x51;
    exit_kind(EXIT_EOI); /* still asserted: again */
    assert_int_equal(sent_command, APIC_ICR_LEVEL | 0x51);
    out(GUEST_PORT_PM, 2, 0x100);
    sent_command = 0;
    page.exit.vector = 0x51;
    exit_kind(EXIT_EOI);
    assert_int_equal(sent_command, 0);
    /* the timer is pin 2, edge */
    route(2, 0x30, 0);
    out(0x43, 1, 0x30);
    out(0x40, 1, 10);
    out(0x40, 1, 0);
    vm_before_entry(&vm);
    now = page.deadline;
    vm_before_entry(&vm);
    assert_true(pending(0x30));
    assert_false(page.tmr[0] >> 0x30 & 1);
}

static bool deliver(uint8_t dest, bool logical, uint8_t mode, bool level)
{
    struct apic_message message = { dest, logical, mode, 0x61, level };

    page.request = 0;
    sent_command = sent_destination = 0;
    return vm_apic_deliver(&vm, &message);
}

/* To the vCPU at hand by its page, all else by the kernel, which knows who is meant. */
static void test_destinations(void **unused)
{
    (void)unused;
    assert_true(deliver(0, false, APIC_FIXED, false));
    assert_true(pending(0x61));
    assert_int_equal(page.request, REQ_IRQ);
    assert_int_equal(sent_command, 0);
    assert_true(deliver(1, false, APIC_FIXED, true));
    assert_false(pending(0x61));
    assert_int_equal(sent_command, 0x8061);
    assert_int_equal(sent_destination, 1);
    assert_true(deliver(0xff, true, APIC_LOWEST, false));
    assert_int_equal(sent_command, 0x961);
    assert_int_equal(sent_destination, 0xff);
    assert_true(deliver(0xff, false, APIC_FIXED, false)); /* everybody, in x2APIC form */
    assert_int_equal(sent_destination, 0xffffffff);
    assert_true(deliver(0, false, APIC_NMI, false));
    assert_int_equal(sent_command, 0x461);
    vm.current = 1;
    assert_true(deliver(1, false, APIC_FIXED, false));
    assert_true(pending(0x61));
    assert_true(deliver(0, false, APIC_FIXED, false));
    assert_int_equal(sent_command, 0x61);
    taken = 0;
    assert_false(deliver(0, false, APIC_FIXED, false));
}

static void test_unclaimed_memory(void **unused)
{
    (void)unused;
    assert_int_equal(mmio_read(0xd0000000), 0xffffffff);
    mmio_write(0xd0000000, 5);
    assert_int_equal(vm.mmio.unclaimed_reads, 4);
    assert_int_equal(vm.mmio.unclaimed_writes, 4);
    vm_stats(&vm, text, sizeof(text));
    assert_non_null(strstr(text, "unclaimed memory: 4 reads, 4 writes (last 0xd0000003)"));
}

static void test_xapic_page(void **unused)
{
    (void)unused;
    ram[0x1000] = 0xa3;
    memcpy(ram + 0x1001, "\x80\x00\xe0\xfe", 4);
    page.gpr[GPR_RAX] = 0x20;
    page.exit = (struct vcpu_exit){ .gpa = 0xfee00080, .flags = IO_WRITE };
    exit_kind(EXIT_MMIO);
    assert_int_equal(apic_regs[APIC_TPR / 16], 0x20);
    ram[0x1000] = 0xa1;
    page.gpr[GPR_RAX] = 0;
    exit_kind(EXIT_MMIO);
    assert_int_equal(page.gpr[GPR_RAX], 0x20);
    ram[0x1001] = 0x84; /* between two registers */
    exit_kind(EXIT_MMIO);
    assert_int_equal(page.gpr[GPR_RAX], 0);
    ram[0x1000] = 0xa3;
    page.gpr[GPR_RAX] = 9;
    exit_kind(EXIT_MMIO);
    apic_is_x2 = true;
    ram[0x1000] = 0xa1;
    ram[0x1001] = 0x80;
    exit_kind(EXIT_MMIO);
    assert_int_equal(page.gpr[GPR_RAX], 0);
    vm.cpu[0].xapic = false; /* nothing is there then */
    exit_kind(EXIT_MMIO);
    assert_int_equal(page.gpr[GPR_RAX], UINT32_MAX);
}

static bool write_apic_base(uint64_t value)
{
    page.exit.msr = MSR_APIC_BASE;
    page.gpr[GPR_RAX] = (uint32_t)value;
    page.gpr[GPR_RDX] = value >> 32;
    exit_kind(EXIT_WRMSR);
    return page.request == REQ_ADVANCE;
}

/* SDM vol. 3, figure 10-27: the steps that there are, and that the page is there in xAPIC mode only. */
static void test_apic_modes(void **unused)
{
    const uint64_t off = 0xfee00100, x = off | APIC_BASE_ENABLE, x2 = x | APIC_BASE_X2APIC;

    (void)unused;
    assert_int_equal(page_mapped, 1);
    state.apic_base = x;
    assert_true(write_apic_base(x));
    assert_int_equal(page_mapped, 1);
    assert_true(write_apic_base(x2));
    assert_int_equal(state.apic_base, x2);
    assert_int_equal(page_mapped, 0);
    assert_false(write_apic_base(x));
    assert_int_equal(page.inject_vector, X86_GP);
    assert_int_equal(state.apic_base, x2);
    assert_true(write_apic_base(x2));
    assert_true(write_apic_base(off));
    assert_int_equal(page_mapped, 0);
    assert_false(write_apic_base(x2));
    assert_true(write_apic_base(x));
    assert_int_equal(page_mapped, 1);
    refuse_state = true; /* the kernel does not like it: another address, a reserved bit */
    assert_false(write_apic_base(x2));
    assert_int_equal(page_mapped, 1);
    refuse_state = false;
    assert_true(write_apic_base(off));
    vm_reset(&vm);
    assert_int_equal(page_mapped, 1);
}

static void test_virtual_wire(void **unused)
{
    (void)unused;
    vm_virtual_wire(&vm);
    assert_int_equal(apic_regs[APIC_SVR / 16], 0x10f);
    assert_int_equal(apic_regs[APIC_LVT_LINT0 / 16], 0x700);
    assert_int_equal(apic_regs[APIC_LVT_LINT1 / 16], 0x400);
}

static void test_fetch_from_nowhere(void **unused)
{
    (void)unused;
    page.exit = (struct vcpu_exit){ .gpa = 0xd0000000, .flags = IO_FETCH };
    exit_kind(EXIT_MMIO);
    assert_int_equal(page.request, REQ_EXCEPTION);
    assert_int_equal(page.inject_vector, X86_UD);
}

static void test_page_fault_sets_cr2(void **unused)
{
    uint32_t *directory = (uint32_t *)(ram + 0x10000), *table = (uint32_t *)(ram + 0x11000);

    (void)unused;
    page.context.cr0 |= CR0_PG;
    page.context.cr3 = 0x10000;
    directory[0] = 0x11000 | 7;
    table[1] = 0x1000 | 7;
    table[2] = 0xd0000000 | 7;
    memcpy(ram + 0x1000, "\xa4", 1); /* movsb from the device to an unmapped page */
    page.gpr[GPR_RSI] = 0x2000;
    page.gpr[GPR_RDI] = 0x3456;
    page.exit = (struct vcpu_exit){ .gpa = 0xd0000000 };
    exit_kind(EXIT_MMIO);
    assert_int_equal(page.request, REQ_EXCEPTION);
    assert_int_equal(page.inject_vector, X86_PF);
    assert_int_equal(page.inject_error, 2);
    assert_int_equal(state.cr2, 0x3456);
}

static void test_flags_come_back(void **unused)
{
    (void)unused;
    memcpy(ram + 0x1000, "\x83\x3d\x00\x00\x00\xd0\xff", 7); /* cmp dword [0xd0000000], -1 */
    page.exit = (struct vcpu_exit){ .gpa = 0xd0000000 };
    exit_kind(EXIT_MMIO);
    assert_int_equal(page.request, REQ_ADVANCE | REQ_RIP);
    assert_true(page.context.rflags & RFLAGS_ZF);
}

static void ends_with(uint64_t code, const char *words)
{
    assert_int_equal(vm.verdict, VM_END);
    assert_int_equal(vm.end_code, code);
    if (strstr(vm.message, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", vm.message, words);
    vm_reset(&vm);
}

static void test_what_ends_a_vm(void **unused)
{
    (void)unused;
    memcpy(ram + 0x1000, "\x0f\x10\x05\x00\x00\x00\xd0", 7);
    page.exit = (struct vcpu_exit){ .gpa = 0xd0000000 };
    exit_kind(EXIT_MMIO); /* no device there: the guest's fault only */
    assert_int_equal(page.request, REQ_EXCEPTION);
    assert_int_equal(page.inject_vector, X86_GP);
    page.request = 0;
    memcpy(ram + 0x1000, "\x0f\x10\x05\x00\x00\xc0\xfe", 7);
    page.exit = (struct vcpu_exit){ .gpa = 0xfec00000 };
    exit_kind(EXIT_MMIO);
    ends_with(VM_END_INSTRUCTION, "bytes 0f 10 05 00 00 c0 fe");
    page.exit = (struct vcpu_exit){ .gpa = 0xd0000000, .flags = IO_IDT };
    exit_kind(EXIT_MMIO);
    ends_with(VM_END_TRIPLE_FAULT, "event delivery");
    exit_kind(EXIT_SHUTDOWN);
    ends_with(VM_END_TRIPLE_FAULT, "guest shut down (triple fault) at rip 0x1000");
    page.exit.detail = 0x80000021;
    text_count = 0;
    exit_kind(EXIT_ENTRY_FAIL);
    if (strstr(vm.message, "26.3.1.5 VMCS link pointer") == NULL)
        fail_msg("%s", vm.message);
    assert_non_null(strstr(text, "vmcs: 681e GUEST_RIP = 0x1234\n"));
    ends_with(VM_END_ENTRY_FAIL, "(0x80000021, invalid guest state)");
    exit_kind(EXIT_KINDS);
    ends_with(VM_END_INTERNAL, "unknown exit");
}

static void test_quiet_exits(void **unused)
{
    (void)unused;
    exit_kind(EXIT_NONE);
    exit_kind(EXIT_EVENT);
    assert_int_equal(page.request, 0);
    page.exit.insn_len = 3;
    exit_kind(EXIT_HYPERCALL);
    assert_int_equal(page.gpr[GPR_RAX], (uint64_t)-1000);
    assert_int_equal(page.insn_len, 3);
    assert_int_equal(vm.verdict, VM_RUN);
}

/* ---------------------------------------------------------------- task switches */
#define GDT 0x20000u
#define TSS_OLD 0x21000u
#define TSS_NEW 0x22000u

static void descriptor(unsigned index, uint32_t base, uint32_t limit, uint32_t attr)
{
    uint64_t d = (limit & 0xffff) | (uint64_t)(base & 0xffffff) << 16 | (uint64_t)(attr & 0xf0ff) << 40 |
                 (uint64_t)(limit >> 16 & 15) << 48 | (uint64_t)(base >> 24) << 56;

    memcpy(ram + GDT + 8 * index, &d, 8);
}

static uint8_t type_of(unsigned index)
{
    return ram[GDT + 8 * index + 5];
}

static void put32(uint32_t at, uint32_t value)
{
    memcpy(ram + at, &value, 4);
}

static uint32_t get32(uint32_t at)
{
    uint32_t value;

    memcpy(&value, ram + at, 4);
    return value;
}

/* 1 code, 2 data, 3 old TSS (busy), 4 new TSS, 5 not present data, 6 LDT, 7 16-bit TSS */
static void prepare_tasks(void)
{
    descriptor(1, 0, 0xfffff, 0xc09b);
    descriptor(2, 0, 0xfffff, 0xc093);
    descriptor(3, TSS_OLD, 0x67, 0x8b);
    descriptor(4, TSS_NEW, 0x67, 0x89);
    descriptor(5, 0, 0xfffff, 0xc013);
    descriptor(6, 0x23000, 0xff, 0x82);
    descriptor(7, 0x24000, 0x2b, 0x81);
    state.cr0 = CR0_PE;
    state.gdt_base = GDT;
    state.gdt_limit = 0x3f;
    state.tr = (struct vcpu_segment){ .base = TSS_OLD, .limit = 0x67, .attr = 0x8b, .selector = 0x18 };
    state.cs = (struct vcpu_segment){ .limit = ~0u, .attr = 0xc09b, .selector = 8 };
    state.ss = state.ds = state.es = (struct vcpu_segment){ .limit = ~0u, .attr = 0xc093, .selector = 16 };
    state.ldtr.attr = 0x10000;
    state.rip = 0x1000;
    state.rflags = 0x202;
    state.dr7 = 0x4ff;
    for (unsigned i = 0; i < 16; i++)
        state.gpr[i] = 0x100 + i;
    put32(TSS_NEW + 0x1c, 0);
    put32(TSS_NEW + 0x20, 0x5000);
    put32(TSS_NEW + 0x24, 0x2);
    for (unsigned i = 0; i < 8; i++)
        put32(TSS_NEW + 0x28 + 4 * i, 0x9000 + i);
    put32(TSS_NEW + 0x48, 16);
    put32(TSS_NEW + 0x4c, 8);
    put32(TSS_NEW + 0x50, 16);
    put32(TSS_NEW + 0x54, 16);
    put32(TSS_NEW + 0x60, 0x30);
}

static void switch_to(unsigned index, unsigned source, unsigned length)
{
    page.exit = (struct vcpu_exit){ .task_selector = (uint16_t)(8 * index), .task_source = (uint8_t)source,
                                    .insn_len = (uint8_t)length };
    exit_kind(EXIT_TASK_SWITCH);
}

static void test_task_switch_by_jump(void **unused)
{
    (void)unused;
    prepare_tasks();
    switch_to(4, 2, 7);
    assert_int_equal(page.request, 0);
    assert_int_equal(state.rip, 0x5000);
    assert_int_equal(state.gpr[GPR_RDI], 0x9007);
    assert_int_equal(state.tr.selector, 0x20);
    assert_int_equal(state.tr.attr, 0x8b);
    assert_int_equal(state.ldtr.base, 0x23000);
    assert_int_equal(state.ldtr.attr, 0x82);
    assert_true(state.fs.attr & 0x10000);
    assert_true(state.cr0 & CR0_TS);
    assert_int_equal(state.dr7, 0x4aa);
    assert_int_equal(type_of(3), 0x89);
    assert_int_equal(type_of(4), 0x8b);
    assert_int_equal(get32(TSS_OLD + 0x20), 0x1007);
    assert_int_equal(get32(TSS_OLD + 0x24), 0x202);
    assert_int_equal(get32(TSS_OLD + 0x28 + 28), 0x107);
    assert_int_equal(get32(TSS_OLD + 0x4c), 8);
    assert_int_equal(get32(TSS_NEW), 0);
}

static void test_task_call_and_return(void **unused)
{
    (void)unused;
    prepare_tasks();
    switch_to(4, 0, 7);
    assert_int_equal(get32(TSS_NEW), 0x18);
    assert_true(state.rflags & RFLAGS_NT);
    assert_int_equal(type_of(3), 0x8b);
    switch_to(3, 1, 1);
    assert_int_equal(page.request, 0);
    assert_int_equal(state.rip, 0x1007);
    assert_int_equal(state.gpr[GPR_RAX], 0x100);
    assert_int_equal(type_of(4), 0x89);
    assert_int_equal(type_of(3), 0x8b);
    assert_int_equal(get32(TSS_NEW + 0x24) & RFLAGS_NT, 0);
}

static void test_task_gate_pushes_the_error_code(void **unused)
{
    (void)unused;
    prepare_tasks();
    page.exit = (struct vcpu_exit){ .task_selector = 0x20, .task_source = 3, .vector = X86_GP, .task_has_error = 1,
                                    .task_error = 0x58 };
    exit_kind(EXIT_TASK_SWITCH);
    assert_int_equal(state.gpr[GPR_RSP], 0x9000);
    assert_int_equal(get32(0x9000), 0x58);
    assert_int_equal(get32(TSS_OLD + 0x20), 0x1000);
    assert_true(get32(TSS_OLD + 0x24) & RFLAGS_RF);
}

static void test_task_switch_16_bit(void **unused)
{
    uint16_t tss[22] = { 0 };

    (void)unused;
    prepare_tasks();
    tss[7] = 0x6000;
    tss[8] = 2;
    tss[13] = 0x8000;
    tss[17] = 16;
    tss[18] = 8;
    tss[19] = 16;
    tss[20] = 16;
    memcpy(ram + 0x24000, tss, sizeof(tss));
    switch_to(7, 0, 2);
    assert_int_equal(page.request, 0);
    assert_int_equal(state.rip, 0x6000);
    assert_int_equal(state.gpr[GPR_RSP] & 0xffff, 0x8000);
    assert_int_equal(state.tr.attr, 0x83);
    switch_to(3, 1, 1); /* and back: the 16-bit image is written */
    assert_int_equal(page.request, 0);
    memcpy(tss, ram + 0x24000, sizeof(tss));
    assert_int_equal(tss[7], 0x6001);
    assert_int_equal(state.rip, 0x1002);
}

static void raised(uint8_t vector, uint32_t error)
{
    assert_int_equal(page.request, REQ_EXCEPTION);
    assert_int_equal(page.inject_vector, vector);
    assert_int_equal(page.inject_error, error);
}

static void test_task_faults_in_the_old_task(void **unused)
{
    (void)unused;
    prepare_tasks();
    switch_to(3, 2, 2); /* busy */
    raised(X86_GP, 0x18);
    switch_to(4, 1, 1); /* IRET to one that is not */
    raised(X86_TS, 0x20);
    switch_to(9, 2, 2);
    raised(X86_TS, 0x48);
    switch_to(2, 2, 2);
    raised(X86_GP, 0x10);
    descriptor(4, TSS_NEW, 0x66, 0x89);
    switch_to(4, 2, 2);
    raised(X86_TS, 0x20);
    descriptor(4, TSS_NEW, 0x67, 0x09);
    switch_to(4, 2, 2);
    raised(X86_NP, 0x20);
    page.exit.task_selector = 0x24;
    exit_kind(EXIT_TASK_SWITCH);
    raised(X86_TS, 0x24);
    assert_int_equal(state.rip, 0x1000);
    descriptor(4, 0xe0000000, 0x67, 0x89);
    switch_to(4, 2, 2);
    raised(X86_DF, 0);
}

static void new_task_fault(uint32_t at, uint32_t value, uint8_t vector, uint32_t error)
{
    prepare_tasks();
    put32(TSS_NEW + at, value);
    switch_to(4, 2, 2);
    raised(vector, error);
    assert_int_equal(state.tr.selector, 0x20);
}

static void test_task_faults_in_the_new_task(void **unused)
{
    (void)unused;
    new_task_fault(0x4c, 0, X86_TS, 0);
    new_task_fault(0x4c, 16, X86_TS, 0x10);
    new_task_fault(0x4c, 11, X86_TS, 8);
    new_task_fault(0x50, 0, X86_TS, 0);
    new_task_fault(0x50, 8, X86_TS, 8);
    new_task_fault(0x50, 0x28, X86_SS, 0x28);
    new_task_fault(0x54, 0x28, X86_NP, 0x28);
    new_task_fault(0x54, 0x18, X86_TS, 0x18);
    new_task_fault(0x60, 0x10, X86_TS, 0x10);
    new_task_fault(0x60, 0x34, X86_TS, 0x34);
    new_task_fault(0x54, 0x14, X86_TS, 0x14); /* in an LDT of one descriptor that is no data segment */
    new_task_fault(0x64, 1, X86_DB, 0);
    assert_true(state.dr6 & 1 << 15);
}

static void test_task_to_vm86(void **unused)
{
    (void)unused;
    prepare_tasks();
    put32(TSS_NEW + 0x24, RFLAGS_VM | 2);
    put32(TSS_NEW + 0x20, 0x100);
    put32(TSS_NEW + 0x4c, 0x1234);
    switch_to(4, 2, 2);
    assert_int_equal(page.request, 0);
    assert_int_equal(state.cs.base, 0x12340);
    assert_int_equal(state.cs.attr, 0xf3);
}

static void test_task_state_refused(void **unused)
{
    (void)unused;
    prepare_tasks();
    refuse_state = true;
    switch_to(4, 2, 2);
    ends_with(VM_END_TRIPLE_FAULT, "no CPU can be in");
}

static void test_task_paging(void **unused)
{
    uint32_t *directory = (uint32_t *)(ram + 0x30000);

    (void)unused;
    prepare_tasks();
    state.cr0 |= CR0_PG;
    state.cr4 = CR4_PSE;
    state.cr3 = 0x30000;
    directory[0] = 0x87;
    put32(TSS_NEW + 0x1c, 0x30000);
    switch_to(4, 2, 2);
    assert_int_equal(page.request, 0);
    assert_int_equal(state.cr3, 0x30000);
    prepare_tasks();
    state.cr0 |= CR0_PG;
    state.cr4 = CR4_PSE;
    state.cr3 = 0x30000;
    descriptor(4, 0x800000, 0x67, 0x89);
    switch_to(4, 2, 2);
    raised(X86_PF, 0);
    assert_int_equal(state.cr2, 0x800000);
}

/* ---------------------------------------------------------------- several vCPUs */
static struct vcpu_page other_page;

static void ipi(uint32_t command, uint64_t targets)
{
    page.exit.detail = command;
    page.exit.targets = targets;
    exit_kind(EXIT_IPI);
}

static bool runs_as(unsigned cpu)
{
    vm.current = cpu;
    vm.page = vm.cpu[cpu].page;
    bool runs = vm_cpu_runs(&vm);
    vm.current = 0;
    vm.page = &page;
    return runs;
}

/* OUT by another vCPU */
static void out_of(unsigned cpu, uint16_t port, uint32_t value)
{
    struct vcpu_page *p = vm.cpu[cpu].page;

    p->exit = (struct vcpu_exit){ .kind = EXIT_IO, .port = port, .size = 1, .insn_len = 1 };
    p->gpr[GPR_RAX] = value;
    vm_exit(&vm);
}

static void two_cpus(void)
{
    vm.cpus = 2;
    vm.cpu[1].page = &other_page;
    vm_reset(&vm);
    kicked = 0;
}

static void test_startup(void **unused)
{
    (void)unused;
    two_cpus();
    state.apic_base = 0xfee00c00;
    state.lstar = 0x1234;
    state.tsc = 500;
    assert_true(runs_as(0));
    assert_false(runs_as(1));
    assert_int_equal(state.tsc, 0); /* cold: joins the clock of the others */
    assert_int_equal(state.apic_base, 0xfee00800);
    assert_int_equal(state.fpu_control, FPU_FNINIT);
    assert_int_equal(state.cr0, CR0_ET);
    ipi(APIC_MODE_STARTUP | 0x9a, 2);
    ipi(APIC_MODE_STARTUP | 0x55, 2); /* the second one is too late */
    assert_int_equal(kicked, 2);
    assert_true(runs_as(1));
    assert_int_equal(state.cs.base, 0x9a000);
    assert_int_equal(state.cs.selector, 0x9a00);
    assert_int_equal(state.rip, 0);
    assert_int_equal(state.lstar, 0); /* what it was before is gone with the reset */
    ipi(APIC_MODE_STARTUP | 0x55, 2); /* it runs: nothing */
    assert_true(runs_as(1));
    assert_int_equal(state.cs.base, 0x9a000);
}

static void test_init(void **unused)
{
    (void)unused;
    two_cpus();
    (void)runs_as(1);
    ipi(APIC_MODE_STARTUP | 1, 2);
    assert_true(runs_as(1));
    state.apic_base = 0xfee00c00;
    state.efer = 0xd01;
    state.tsc = 500;
    state.lstar = 0x1234;
    state.tsc_adjust = 7;
    state.debugctl = DEBUGCTL_BTF;
    state.cr0 = CR0_PE | CR0_CD | CR0_NE | CR0_ET;
    ipi(APIC_MODE_INIT | APIC_ICR_LEVEL, 2); /* de-assert: nothing */
    assert_true(runs_as(1));
    other_page.request = REQ_ADVANCE;
    ipi(APIC_MODE_INIT | APIC_ICR_ASSERT | APIC_ICR_LEVEL, 2);
    assert_false(runs_as(1));
    assert_int_equal(other_page.request, 0);
    assert_int_equal(state.apic_base, 0xfee00c00);
    assert_int_equal(state.efer, 0);
    assert_int_equal(state.tsc, 500);
    assert_int_equal(state.rip, 0xfff0);
    assert_int_equal(state.lstar, 0x1234);
    assert_int_equal(state.tsc_adjust, 7);
    assert_int_equal(state.debugctl, DEBUGCTL_BTF);
    assert_int_equal(state.cr0, CR0_CD | CR0_ET);
    assert_int_equal(page_mapped, 0); /* it is in x2APIC mode still */
    assert_int_equal(state.fpu_control, 0);
    ipi(APIC_MODE_INIT | APIC_ICR_ASSERT, ~0ull << 2); /* nobody */
    assert_int_equal(vm.verdict, VM_RUN);
    ipi(APIC_MODE_INIT | APIC_ICR_ASSERT, 1); /* the first one: the whole VM */
    assert_int_equal(vm.verdict, VM_RESET);
}

static void test_devices_belong_to_the_first_cpu(void **unused)
{
    (void)unused;
    two_cpus();
    vm_before_entry(&vm);
    vm.current = 1;
    vm.page = &other_page;
    vm_before_entry(&vm);
    assert_int_equal(kicked, 0);
    out_of(1, 0x43, 0x30);
    out_of(1, 0x40, 10);
    out_of(1, 0x40, 0);
    vm_before_entry(&vm);
    assert_int_equal(kicked, 1); /* its deadline is sooner now */
    assert_int_equal(other_page.deadline, UINT64_MAX);
}

static uint32_t cpu_word(unsigned offset)
{
    return (uint32_t)bus_read(&vm.io, GUEST_PORT_CPUS + offset, 4);
}

/* A vCPU that is not there does not start; one that comes does; one that the guest gives back is reset. */
static void test_hot_cpus(void **unused)
{
    (void)unused;
    vm.hotcpu.wanted = 1;
    two_cpus();
    assert_true(told_wanted == 1 && told_there == 1);
    assert_false(runs_as(1));
    ipi(APIC_MODE_STARTUP | 1, 2);
    assert_false(runs_as(1));
    bus_write(&vm.io, GUEST_PORT_GPE + 1, 1, 1u << GUEST_GPE_CPUS);
    vm_cpus_want(&vm, 0xff); /* more than there can be */
    assert_true(told_wanted == 0xff && told_there == 3);
    assert_int_equal(cpu_word(GUEST_CPUS_THERE), 3);
    assert_int_equal(cpu_word(GUEST_CPUS_CAME), 2);
    assert_int_equal(bus_read(&vm.io, GUEST_PORT_GPE, 1), 1u << GUEST_GPE_CPUS);
    assert_true(vm.ioapic.lines >> PM_SCI & 1);
    bus_write(&vm.io, GUEST_PORT_GPE, 1, 1u << GUEST_GPE_CPUS);
    assert_false(vm.ioapic.lines >> PM_SCI & 1);
    bus_write(&vm.io, GUEST_PORT_CPUS + GUEST_CPUS_CAME, 1, 0xff);
    assert_int_equal(cpu_word(GUEST_CPUS_CAME), 0);
    ipi(APIC_MODE_STARTUP | 1, 2);
    assert_true(runs_as(1));
    vm_cpus_want(&vm, 0); /* vCPU 0 is never asked for */
    assert_int_equal(cpu_word(GUEST_CPUS_BACK), 2);
    assert_int_equal(cpu_word(GUEST_CPUS_THERE), 3);
    assert_true(told_wanted == 0 && told_there == 3);
    assert_true(runs_as(1)); /* nobody takes it */
    vm_cpus_want(&vm, 3); /* another mind */
    assert_int_equal(cpu_word(GUEST_CPUS_BACK), 0);
    vm_cpus_want(&vm, 1);
    kicked = 0;
    vm.cpu[1].msrs.misc_enable = 0;
    bus_write(&vm.io, GUEST_PORT_CPUS + GUEST_CPUS_GIVE, 4, ~0u);
    assert_int_equal(kicked, 2);
    assert_int_equal(cpu_word(GUEST_CPUS_THERE), 1);
    assert_int_equal(cpu_word(GUEST_CPUS_BACK), 0);
    assert_int_equal(cpu_word(GUEST_CPUS_GIVE), 0);
    assert_int_equal(told_there, 1);
    assert_int_not_equal(vm.cpu[1].msrs.misc_enable, 0);
    state.lstar = 0x1234;
    assert_false(runs_as(1));
    assert_int_equal(state.lstar, 0); /* nothing of its life is left */
    assert_int_equal(vm.verdict, VM_RUN);
    vm_cpus_want(&vm, 3);
    vm_reset(&vm);
    assert_int_equal(cpu_word(GUEST_CPUS_THERE), 3);
    assert_int_equal(cpu_word(GUEST_CPUS_CAME), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_port_access_widths), TEST(test_console_by_uart_and_debug_port), TEST(test_string_output),
        TEST(test_string_output_single_stepped), TEST(test_power_off_and_exit_code), TEST(test_ways_to_reset),
        TEST(test_pci_bus_is_empty), TEST(test_keyboard_controller), TEST(test_vga_registers),
        TEST(test_other_ports), TEST(test_msr_exits), TEST(test_timer_interrupt_through_the_pic),
        TEST(test_ioapic_to_the_vcpu), TEST(test_destinations), TEST(test_unclaimed_memory),
        TEST(test_xapic_page), TEST(test_apic_modes), TEST(test_virtual_wire), TEST(test_fetch_from_nowhere), TEST(test_page_fault_sets_cr2),
        TEST(test_flags_come_back), TEST(test_what_ends_a_vm), TEST(test_quiet_exits),
        TEST(test_task_switch_by_jump), TEST(test_task_call_and_return),
        TEST(test_task_gate_pushes_the_error_code), TEST(test_task_switch_16_bit),
        TEST(test_task_faults_in_the_old_task), TEST(test_task_faults_in_the_new_task),
        TEST(test_task_to_vm86), TEST(test_task_state_refused), TEST(test_task_paging),
        TEST(test_startup), TEST(test_init), TEST(test_devices_belong_to_the_first_cpu), TEST(test_hot_cpus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
