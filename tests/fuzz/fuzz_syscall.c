/* SPDX-License-Identifier: MIT */
/* Any system calls in any order, from several partitions and threads on two CPUs: the kernel's books stay right. */
// sources: tests/fake/machine.c tests/fake/books.c tests/fake/ring0.c kernel/syscall.c kernel/sys_mem.c kernel/sys_part.c kernel/sys_thread.c kernel/sys_vcpu.c kernel/sys_frames.c kernel/sys_machine.c kernel/trace.c kernel/handle.c kernel/part.c kernel/thread.c kernel/mem.c kernel/ptab.c kernel/tables.c kernel/frame.c kernel/kmem.c kernel/sched.c kernel/budget.c kernel/timer.c kernel/event.c kernel/vcpu.c kernel/irq.c lib/string.c
#include <fake/ring0.h>
#include <fake/machine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <kernel/part.h>

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *input;
static size_t left;

uint8_t machine_choice(void)
{
    if (left == 0)
        return 3;
    left--;
    return *input++;
}

/*
 * What each argument is likely to be: h handle, p pointer, a address with MAP_* bits, g guest address likewise, b bytes,
 * o offset, q pages, P placement, r rights, i small number, t time.
 */
static const char *const kinds[SYS_COUNT] = {
    [SYS_log] = "pb", [SYS_event_wait] = "ti", [SYS_event_signal] = "h", [SYS_event_create] = "hi",
    [SYS_handle_close] = "h", [SYS_handle_give] = "hhir", [SYS_mem_create] = "hb", [SYS_mem_map] = "hhoab",
    [SYS_mem_unmap] = "hab", [SYS_part_create] = "pqqir", [SYS_part_kill] = "h", [SYS_part_destroy] = "h",
    [SYS_part_info] = "hp", [SYS_thread_create] = "hpppP", [SYS_part_exit] = "i", [SYS_vm_create] = "a",
    [SYS_vm_map] = "hogb", [SYS_vm_unmap] = "gb", [SYS_vcpu_create] = "ia", [SYS_vcpu_get_state] = "p",
    [SYS_vcpu_set_state] = "p", [SYS_vcpu_apic] = "ii", [SYS_vm_interrupt] = "ii", [SYS_port_in] = "hi",
    [SYS_port_out] = "hii", [SYS_irq_bind] = "hii", [SYS_irq_ack] = "i", [SYS_log_read] = "ipb",
    [SYS_machine_end] = "hi", [SYS_part_stats] = "hp", [SYS_part_pause] = "hi", [SYS_thread_place] = "hP",
    [SYS_cpu_stats] = "ip", [SYS_trace_control] = "i", [SYS_trace_read] = "iip", [SYS_frames_read] = "hhp",
    [SYS_vcpu_field] = "ip",
};

static uint64_t raw(void)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | machine_choice();
    return value;
}

static uint64_t argument(char kind)
{
    uint8_t c = machine_choice();

    if (c == 0xfe)
        return raw();
    switch (kind) {
    case 'h': return c % 4 == 0 ? 0 : c % 4 == 1 ? H_MEMORY : c / 4 % 16;
    case 'p': return c * 64u;
    case 'a': return 0x400000u + (c >> 3) % 16 * PAGE_BYTES + (c & 7) + (c >= 0xe0 ? 0x200000u : 0);
    case 'g': return (c >> 3) * (c & 0x80 ? 0x200000ull : PAGE_BYTES) + (c & 7);
    case 'b': return c >= 0xf0 ? c * 100u : c >= 0xc0 ? 80 * PAGE_BYTES : c % 8 * PAGE_BYTES;
    case 'o': return c >= 0xc0 ? c % 8 * PAGE_BYTES : 0;
    case 'q': return c & 0x80 ? c * 8u : c % 32;
    case 'r': return c;
    case 't': return c & 1 ? ~0ull : fake_tsc + c * 10000u;
    case 'P': return PLACEMENT(c & 1, c >> 1 & 31, c & 0x40 ? 3000 : 0, c & 0x20 ? 1000 : 0, c & 0x10 ? 20 : 0) |
                     (c >= 0xc0 ? PLACE_EXCLUSIVE : 0);
    default: return c < 0xf0 ? c : 1u << (c & 15) << 8;
    }
}

/* Root must not end, nobody is to fault ring 0 on purpose. */
static bool forbidden(const struct thread *t, uint64_t number, const uint64_t *a)
{
    return (number == SYS_part_exit && t->part == &machine_root) || (number == SYS_machine_end && a[1] == 2);
}

/* The partition that the argument names, if the call can make it go. */
static struct part *victim(const struct thread *t, uint64_t number, uint64_t handle)
{
    struct handle *h = number == SYS_part_destroy ? handle_find(t->part, handle, OBJECT_PART) : NULL;

    return h ? (struct part *)h->object : NULL;
}

/* Partitions come and go by these two calls alone. */
static void note_parts(struct thread *t, uint64_t number, struct part *gone)
{
    int64_t result = (int64_t)t->regs.rax;

    if (machine_restarts(t) || result < 0)
        return;
    if (number == SYS_part_create)
        machine_part[machine_parts++] = (struct part *)handle_find(t->part, (uint64_t)result, OBJECT_PART)->object;
    for (unsigned i = 1; gone && i < machine_parts; i++)
        if (machine_part[i] == gone)
            machine_part[i] = machine_part[--machine_parts];
}

static void call(struct thread *t, uint64_t number, const uint64_t *a)
{
    struct part *gone = victim(t, number, a[0]);

    if (forbidden(t, number, a) || (number == SYS_part_create && machine_parts == MACHINE_PARTS))
        return;
    t->regs.rax = (uint64_t)ERR_STATE;
    machine_call(t, number, a);
    if (number == SYS_part_create || gone)
        note_parts(t, number, gone);
}

static void act(struct thread *t)
{
    uint64_t a[5] = { 0 }, number = machine_choice() % SYS_COUNT;

    if (machine_restarts(t)) {
        const uint64_t again[5] = { t->regs.rdi, t->regs.rsi, t->regs.r8, t->regs.r9, t->regs.r10 };
        call(t, t->regs.rax, again);
        return;
    }
    for (unsigned i = 0; kinds[number] && kinds[number][i]; i++)
        a[i] = argument(kinds[number][i]);
    call(t, number, a);
}

static int64_t makes(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
    struct thread *t = machine_thread();

    call(t, number, (uint64_t[5]){ a, b, c, d, e });
    while (machine_restarts(t))
        act(t);
    MUST((int64_t)t->regs.rax >= 0);
    return (int64_t)t->regs.rax;
}

/* A VM on CPU 1 and a container on CPU 0; each has memory mapped. Where the inputs go on from, all with success. */
static void scene(void)
{
    static const uint64_t rights[2] = { RIGHT_VM | RIGHT_LOG, 0 };
    uint64_t vm = 0, thread = 0;

    for (unsigned i = 0; i < 2; i++) {
        uint64_t part = (uint64_t)makes(SYS_part_create, 0, 200, 300, 1, rights[i]);
        uint64_t mem = (uint64_t)makes(SYS_mem_create, part, 40 * PAGE_BYTES, 0, 0, 0);
        makes(SYS_mem_map, part, mem, 0, 0x400000 | MAP_READ | MAP_WRITE, 4 * PAGE_BYTES);
        makes(SYS_handle_give, part, mem, H_MEMORY, RIGHT_READ | RIGHT_WRITE | RIGHT_EXEC, 0);
        thread = (uint64_t)makes(SYS_thread_create, part, 0x400000, 0x500000, 0, PLACEMENT(1 - i, 16, 0, 0, 0));
        vm = i == 0 ? part : vm;
    }
    makes(SYS_handle_give, vm, thread, 4, 0, 0); /* what a doorbell may lead to */
    makes(SYS_handle_give, vm, thread, 5, RIGHT_SIGNAL, 0);
    machine_turn(1);
    makes(SYS_vm_create, 0x600000, 0, 0, 0, 0);
    makes(SYS_vcpu_create, 0, 0x601000, 0, 0, 0);
    makes(SYS_vm_map, H_MEMORY, 0, MAP_READ | MAP_WRITE | MAP_EXEC, 40 * PAGE_BYTES, 0);
    machine_turn(0);
}

/* Long inputs from the start: a few calls get nowhere. */
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    static char length[] = "-len_control=0", most[] = "-max_len=1500", *with[64];

    MUST(*count < 60);
    memcpy(with, *arguments, (size_t)*count * sizeof(with[0]));
    with[(*count)++] = length;
    with[(*count)++] = most;
    *arguments = with;
    return 0;
}

/* Whoever runs on this CPU is in the middle of making a large object when everything ends. */
static void begin_object(unsigned cpu)
{
    machine_turn(cpu);
    if (machine_thread() && !machine_restarts(machine_thread()))
        call(machine_thread(), SYS_mem_create, (uint64_t[5]){ 0, 100 * PAGE_BYTES });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    left = 0;
    memset(user_memory, 0, sizeof(user_memory));
    machine_start();
    scene();
    input = data;
    left = size;
    books_check();
    for (unsigned n = 0; left > 0 && n < 400; n++) {
        uint8_t c = machine_choice();
        machine_turn(c & 1);
        if (c >= 0xf0)
            fake_tsc += (c & 15) * 200000ull;
        else if (machine_thread())
            act(machine_thread());
        books_check();
        if (n % 32 == 31)
            books_check_tables();
    }
    books_check_tables();
    begin_object(0);
    begin_object(1);
    machine_stop();
    books_check_end();
    return 0;
}
