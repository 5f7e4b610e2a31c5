/* SPDX-License-Identifier: MIT */
/* Any sequence of exits into the virtual PC: registers, memory, ports and time as a hostile guest would have them. */
// sources: vmm/vm.c vmm/dev_fwcfg.c vmm/vm_exit.c vmm/entry_check.c vmm/vmcs_check.c vmm/vm_emulate.c vmm/task.c vmm/task_segment.c vmm/emu.c vmm/emu_mem.c vmm/emu_string.c vmm/insn.c vmm/insn_alu.c vmm/walk.c vmm/mem.c vmm/bus.c vmm/clock.c vmm/msr.c vmm/dev_uart.c vmm/dev_pic.c vmm/dev_ioapic.c vmm/dev_pit.c vmm/pit_channel.c vmm/dev_rtc.c vmm/rtc_date.c vmm/dev_pm.c vmm/dev_kbd.c vmm/dev_misc.c vmm/dev_watchdog.c vmm/dev_hotcpu.c vmm/dev_pci.c vmm/dev_vga.c vmm/acpi_tables.c vmm/aml.c vmm/mp_table.c vmm/bios_data.c vmm/vm_cpu.c vmm/boot_state.c
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <vmm/vm.h>

#define RAM  0x110000u
#define CPUS 3u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct vm vm;
static struct vcpu_page pages[CPUS];
static struct vcpu_state states[CPUS];
static uint8_t *ram;
static uint64_t now;

struct input {
    const uint8_t *data;
    size_t size;
};

static void take(struct input *in, void *to, size_t bytes)
{
    size_t have = bytes < in->size ? bytes : in->size;

    memset(to, 0, bytes);
    memcpy(to, in->data, have);
    in->data += have;
    in->size -= have;
}

static int64_t get_state(struct vcpu_state *to)
{
    *to = states[vm.current];
    return 0;
}

static int64_t set_state(const struct vcpu_state *from)
{
    states[vm.current] = *from;
    return 0;
}

static int64_t apic(uint64_t offset_write, uint64_t value)
{
    (void)offset_write;
    return (int64_t)(uint32_t)value;
}

static int64_t interrupt(uint64_t command, uint64_t destination)
{
    return (int64_t)(command & destination);
}

static int64_t field(uint64_t number, uint64_t *value)
{
    *value = number * 0x9e3779b97f4a7c15ull;
    return number & 1 ? -1 : 0;
}

static void kick(unsigned cpu)
{
    if (cpu >= CPUS)
        abort();
}

/* Mapped and unmapped in turns, never twice the same. */
static int64_t apic_page(bool there)
{
    if (vm.apic_page == there)
        abort();
    return 0;
}

static uint64_t read_now(void *ctx)
{
    (void)ctx;
    return now += 1000;
}

static void put(void *ctx, uint8_t byte)
{
    (void)ctx;
    (void)byte;
}

static bool get(void *ctx, uint8_t *byte)
{
    (void)ctx;
    *byte = (uint8_t)now;
    return now & 0x400;
}

static void start(void)
{
    static const struct vm_kernel kernel = { get_state, set_state, apic, interrupt, apic_page, field, kick, NULL };

    if (ram == NULL)
        ram = malloc(RAM);
    memset(ram, 0, RAM);
    memset(&vm, 0, sizeof(vm));
    memset(pages, 0, sizeof(pages));
    memset(states, 0, sizeof(states));
    now = 0;
    vm.page = &pages[0];
    vm.cpus = CPUS;
    for (unsigned i = 0; i < CPUS; i++)
        vm.cpu[i].page = &pages[i];
    static const uint64_t cr_fixed[4] = { 0x80000021, 0xffffffff, 0x2000, 0x3fffff };
    vm.kernel = &kernel;
    vm.cr_fixed = cr_fixed;
    vm.console = (struct vm_console){ put, get, NULL };
    vm.clock = (struct clock){ .tsc_hz = 1000000000, .wall_ns = 1795178096000000000ull, .read = read_now };
    mem_init(&vm.mem, ram, RAM);
    vm_init(&vm, 40);
    vm_reset(&vm);
}

/* What the kernel promises of an exit, whatever the guest does. */
static void make_honest(void)
{
    struct vcpu_exit *exit = &vm.page->exit;

    exit->kind %= EXIT_KINDS + 1;
    exit->size = (uint8_t)(exit->size % 3 == 2 ? 4 : exit->size % 3 + 1);
    exit->addr_size = (uint8_t)(exit->addr_size % 4 == 0 ? 0 : 1u << exit->addr_size % 4);
    exit->seg %= 6;
    exit->insn_len = exit->insn_len % 15 + 1;
}

/* One of the vCPUs that would be in the guest; those that wait for a start-up IPI make no exits. */
static void choose_cpu(uint8_t wish)
{
    vm.current = wish % CPUS;
    vm.page = vm.cpu[vm.current].page;
    if (vm_cpu_runs(&vm))
        return;
    vm.current = 0;
    vm.page = vm.cpu[0].page;
    if (!vm_cpu_runs(&vm))
        abort(); /* the first vCPU never waits */
}

static void one_exit(struct input *in)
{
    uint8_t what, cpu;
    uint32_t step;

    take(in, &what, 1);
    take(in, &cpu, 1);
    choose_cpu(cpu);
    take(in, &step, 4);
    now += (uint64_t)step << (what & 15);
    take(in, &vm.page->exit, sizeof(vm.page->exit));
    make_honest();
    if (what & 16)
        take(in, vm.page->gpr, sizeof(vm.page->gpr));
    if (what & 32)
        take(in, &vm.page->context, sizeof(vm.page->context));
    if (what & 64)
        take(in, &states[vm.current], sizeof(states[0]));
    if (what & 128)
        take(in, ram + 0x1000, 64);
    if (cpu & 128)
        vm_cpus_want(&vm, cpu >> 2);
    vm.page->request = 0;
    vm_exit(&vm);
    if (!(vm.hotcpu.there & 1) || vm.hotcpu.there >> CPUS || vm.hotcpu.came & ~vm.hotcpu.there ||
        vm.hotcpu.back & ~vm.hotcpu.there)
        abort();
    if (vm.verdict != VM_RUN)
        vm_reset(&vm);
    vm_before_entry(&vm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    unsigned exits = 0;

    start();
    while (in.size != 0 && exits++ < 64)
        one_exit(&in);
    return 0;
}
