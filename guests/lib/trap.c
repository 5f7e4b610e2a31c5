// SPDX-License-Identifier: MIT
// IDT, TSS and the dispatch of exceptions: to a handler, to TRY(), to the test runner, or the end.
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/trap.h>

static uint64_t idt[256 * 2] __attribute__((aligned(4096)));
static uint32_t tss[32] __attribute__((aligned(128)));
static uint8_t ist_stack[4][8192] __attribute__((aligned(16)));
static trap_handler *handlers[256];

struct trap_info trap_last;
uint64_t trap_resume, trap_resume_rsp, trap_start, trap_user_flags = 2;
volatile uint64_t trap_counts[256];
struct trap_point *trap_rescue;

uint64_t *trap_gate_of(uint8_t vector)
{
    return &idt[vector * 2];
}

void trap_gate(uint8_t vector, uint64_t low, uint64_t high)
{
    idt[vector * 2] = low;
    idt[vector * 2 + 1] = high;
}

static void gate_default(unsigned vector)
{
    uint64_t at = (uint64_t)trap_stubs + vector * 16u;
    uint64_t low = (at & 0xffff) | (uint64_t)SEL_CODE64 << 16 | (at & 0xffff0000) << 32;
    unsigned dpl = vector == VEC_BP || vector == VEC_OF ? 3 : 0;
    trap_gate((uint8_t)vector, low | (0x8eull | dpl << 5) << 40, at >> 32);
}

void trap_ist(uint8_t vector, unsigned ist)
{
    gate_default(vector);
    idt[vector * 2] |= (uint64_t)ist << 32;
}

void trap_idt_load(void *base, unsigned limit)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) pointer = {(uint16_t)limit, (uint64_t)base};
    asm volatile("lidt %0" ::"m"(pointer) : "memory");
}

static void tss_init(void)
{
    uint64_t at = (uint64_t)tss;
    uint64_t rsp0 = (uint64_t)ist_stack[1];
    tss[1] = (uint32_t)rsp0;
    tss[2] = (uint32_t)(rsp0 >> 32);
    for (unsigned i = 1; i < 4; i++) {
        uint64_t top = (uint64_t)ist_stack[i] + sizeof(ist_stack[i]);
        tss[9 + (i - 1) * 2] = (uint32_t)top;
        tss[10 + (i - 1) * 2] = (uint32_t)(top >> 32);
    }
    tss[25] = 104 << 16; /* no I/O permission map */
    gdt[SEL_TSS / 8] = 103 | (at & 0xffffff) << 16 | 0x89ull << 40 | (at >> 24 & 0xff) << 56;
    gdt[SEL_TSS / 8 + 1] = at >> 32;
    asm volatile("ltr %w0" ::"r"(SEL_TSS));
}

void trap_init(void)
{
    for (unsigned i = 0; i < 256; i++)
        gate_default(i);
    trap_ist(VEC_DF, 1);
    trap_idt_load(idt, sizeof(idt) - 1);
    tss_init();
}

void trap_set(uint8_t vector, trap_handler *handler)
{
    handlers[vector] = handler;
}

unsigned trap_taken(void)
{
    unsigned vector = (unsigned)trap_last.vector;
    trap_last.vector = VEC_NONE;
    return vector;
}

static void unexpected(struct trap_frame *f)
{
    print("not ok unexpected exception: vector %u error 0x%lx rip 0x%lx rflags 0x%lx rsp 0x%lx cr2 0x%lx\n",
          (unsigned)f->vector, f->error, f->rip, f->rflags, f->rsp, read_cr2());
    report_failed++;
    if (trap_rescue) {
        struct trap_point *point = trap_rescue;
        trap_rescue = 0;
        trap_jump(point);
    }
    report_end();
}

void trap_catch(struct trap_frame *f)
{
    trap_last = (struct trap_info){f->vector, f->error, f->rip, f->rflags, f->rsp,
                                   f->cs, read_cr2(), read_dr6()};
    f->rip = trap_resume;
    f->rsp = trap_resume_rsp;
    f->cs = SEL_CODE64;
    f->ss = SEL_DATA;
    f->rflags &= ~(FLAG_TF | FLAG_RF | FLAG_VM | BIT(14)); /* a nested-task flag would break IRET */
    trap_resume = 0;
}

void trap_dispatch(struct trap_frame *f)
{
    trap_counts[f->vector]++;
    if (handlers[f->vector])
        handlers[f->vector](f);
    else if (f->vector < 32 && trap_resume)
        trap_catch(f);
    else if (f->vector < 32)
        unexpected(f);
}
