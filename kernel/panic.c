// SPDX-License-Identifier: MIT
// Panic: says what happened on every output that there is, stops all CPUs.
#include <hw/apic.h>
#include <lib/fmt.h>
#include <lib/string.h>
#include "irq.h"
#include "log.h"
#include "memory.h"
#include "panic.h"

struct ksym {
    uint64_t addr;
    const char *name;
};
extern const struct ksym ksyms[] __attribute__((weak));
extern const unsigned ksym_count __attribute__((weak));
extern const uint8_t kernel_start[], kernel_end[];

static volatile int panicking;

// Straight to the outputs: the log's lock may be held by the one that panics.
static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    char line[256];
    va_list args;

    va_start(args, format);
    size_t n = fmt_text(line, sizeof(line) - 1, format, args);
    va_end(args);
    line[n++] = '\n';
    console_put(line, n);
}

static void say_address(const char *what, uint64_t address)
{
    const struct ksym *best = NULL;

    if (&ksym_count)
        for (unsigned i = 0; i < ksym_count && ksyms[i].addr <= address; i++)
            best = &ksyms[i];
    if (best && address < (uint64_t)kernel_end)
        say("%s %016lx %s+0x%lx", what, address, best->name, address - best->addr);
    else
        say("%s %016lx", what, address);
}

static void back_trace(uint64_t rbp)
{
    uint64_t slot = (uint64_t)this_cpu() & ~(CPU_SLOT_BYTES - 1);

    for (unsigned i = 0; i < 16; i++) {
        if (rbp % 8 || rbp < slot || rbp > slot + CPU_SLOT_BYTES - 16)
            return;
        const uint64_t *frame = (const uint64_t *)rbp;
        if (frame[1] < (uint64_t)kernel_start || frame[1] >= (uint64_t)kernel_end)
            return;
        say_address("  from", frame[1]);
        rbp = frame[0];
    }
}

static void begin(void)
{
    if (__atomic_exchange_n(&panicking, 1, __ATOMIC_ACQ_REL))
        x86_stop(); // another CPU is at it
    console_take_back();
    for (unsigned i = 0; i < cpu_count; i++)
        if (cpus[i] != this_cpu())
            lapic_ipi(cpus[i]->apic_id, APIC_MODE_NMI | APIC_ICR_ASSERT);
}

noreturn static void finish(void)
{
    const struct cpu *cpu = this_cpu();

    if ((uint64_t)cpu >= CPU_STACKS_VA) // else still on the loader's stack
        say("cpu %u, partition %s", cpu->index, cpu->current ? cpu->current->part->name : "-");
    say("bulkhead: end: panic");
    x86_stop();
}

void panic_nmi(void)
{
    if (panicking)
        x86_stop();
}

noreturn void panic_trap(const struct trap_frame *f)
{
    begin();
    say("panic: exception %lu in ring 0, error 0x%lx, address %016lx", f->vector, f->error, x86_read_cr2());
    say_address("rip", f->rip);
    say("rax %016lx rbx %016lx rcx %016lx rdx %016lx", f->rax, f->rbx, f->rcx, f->rdx);
    say("rsi %016lx rdi %016lx rbp %016lx rsp %016lx", f->rsi, f->rdi, f->rbp, f->rsp);
    say("r8  %016lx r9  %016lx r10 %016lx r11 %016lx", f->r8, f->r9, f->r10, f->r11);
    say("r12 %016lx r13 %016lx r14 %016lx r15 %016lx", f->r12, f->r13, f->r14, f->r15);
    say("cs %lx rflags %lx cr0 %lx cr3 %lx cr4 %lx", f->cs, f->rflags, x86_read_cr0(), x86_read_cr3(), x86_read_cr4());
    back_trace(f->rbp);
    finish();
}

noreturn void sys_panic(const char *format, ...)
{
    char text[200];
    va_list args;

    begin();
    va_start(args, format);
    fmt_text(text, sizeof(text), format, args);
    va_end(args);
    say("panic: %s", text);
    back_trace((uint64_t)__builtin_frame_address(0));
    finish();
}
