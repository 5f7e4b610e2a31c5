// SPDX-License-Identifier: MIT
// Faults while an event is being delivered: paged-out IDT and stack, absent gates, double faults.
#include <guest/apic.h>
#include "t_cpu.h"

#define VEC_FIRST  0x90 /* in the second half of the IDT, so in a page of its own below */
#define VEC_IPI    0x91

static uint8_t idt_area[8192] __attribute__((aligned(4096)));
static uint8_t far_stack[8192] __attribute__((aligned(4096)));
static uint64_t table[512] __attribute__((aligned(4096)));
static volatile unsigned soft_count, ipi_count, page_count;
static volatile uint64_t page_address, page_error;

static void on_soft(struct trap_frame *f)
{
    (void)f;
    soft_count++;
}

static void on_ipi(struct trap_frame *f)
{
    (void)f;
    ipi_count++;
    apic_eoi();
}

static uint64_t *pte(const void *at)
{
    return &table[(uint64_t)at / 4096 % 512];
}

static void on_page(struct trap_frame *f)
{
    page_count++;
    page_address = read_cr2();
    page_error = f->error;
    *pte((const void *)page_address) |= PTE_PRESENT;
    invlpg(page_address);
}

static void page_out(const void *at)
{
    *pte(at) &= ~(uint64_t)PTE_PRESENT;
    invlpg((uint64_t)at);
    page_count = 0;
}

/* 4 KiB pages for the 2 MiB that hold this image */
static void split(void)
{
    uint64_t entry = (uint64_t)idt_area / 0x200000;
    for (unsigned i = 0; i < 512; i++)
        table[i] = (entry * 0x200000 + i * 4096) | PTE_KERNEL;
    page_pd[entry] = (uint64_t)table | PTE_TABLE;
    write_cr3(read_cr3());
}

static void idt_paging(void)
{
    uint8_t *base = idt_area + 4096 - 128 * 16; /* vector 128 begins the second page */
    memcpy(base, trap_gate_of(0), 4096);
    trap_idt_load(base, 4095);
    trap_set(VEC_FIRST, on_soft);
    trap_set(VEC_IPI, on_ipi);
    trap_set(VEC_PF, on_page);
    page_out(base + 2048);
    asm volatile("int %0" ::"i"(VEC_FIRST) : "memory");
    check_eq(soft_count, 1, "INT n with its gate paged out");
    check_eq(page_count, 1, "one #PF");
    check_range(page_address, (uint64_t)base + VEC_FIRST * 16, (uint64_t)base + VEC_FIRST * 16 + 15, "CR2 at the gate");
    check_eq(page_error & ~1ull, 0, "error code of a supervisor read");
    asm volatile("int %0" ::"i"(VEC_FIRST) : "memory");
    check_eq(soft_count, 2, "INT n with its gate back");

    /* An external interrupt is acknowledged before the gate is read: the #PF replaces it. */
    apic_enable();
    page_out(base + 2048);
    apic_icr(APIC_ICR_SELF | APIC_ICR_ASSERT | VEC_IPI);
    sti_window();
    check_eq(page_count, 1, "self-IPI with its gate paged out: one #PF");
    check_eq(ipi_count, 0, "the interrupt itself is gone");
    check(apic_bit(APIC_ISR, VEC_IPI), "but it is in service");
    apic_eoi();
    apic_icr(APIC_ICR_SELF | APIC_ICR_ASSERT | VEC_IPI);
    sti_window();
    check_eq(ipi_count, 1, "self-IPI with its gate back");
}

static void stack_paging(void)
{
    uint64_t *top = (uint64_t *)(far_stack + 4096);
    uint64_t old;
    trap_ist(VEC_PF, 2);
    memcpy(idt_area + 4096 - 128 * 16, trap_gate_of(0), 4096);
    soft_count = 0;
    *pte(far_stack + 4096) |= PTE_PRESENT;
    page_out(far_stack);
    asm volatile("movq %%rsp, %0; movq %1, %%rsp; int %2; movq %0, %%rsp"
                 : "=&r"(old)
                 : "r"(top), "i"(VEC_FIRST)
                 : "memory");
    check_eq(soft_count, 1, "INT n with its stack paged out");
    check(page_count == 1, "one #PF on a stack of its own");
    check_eq(page_address & ~0xfffull, (uint64_t)far_stack, "CR2 in the stack page");
    check_eq(page_error, 2, "error code of a supervisor write");
    trap_ist(VEC_PF, 0);
    trap_set(VEC_PF, 0);
}

static void gates(void)
{
    uint64_t *gate = trap_gate_of(0x92);
    gate[0] &= ~BIT(47);
    check_trap(TRY("int $0x92"), VEC_NP, "INT n through an absent gate");
    check_eq(trap_last.error, 0x92 * 8 + 2, "its error code");
    apic_icr(APIC_ICR_SELF | APIC_ICR_ASSERT | 0x92);
    check_trap(TRY("sti; nop; nop; nop; cli"), VEC_NP, "external interrupt through an absent gate");
    check_eq(trap_last.error, 0x92 * 8 + 3, "its error code has EXT");
    cli();
    if (apic_bit(APIC_ISR, 0x92))
        apic_eoi();
    gate[0] |= BIT(47);
    trap_idt_load(trap_gate_of(0), 0x80 * 16 - 1);
    check_trap(TRY("int $0x92"), VEC_GP, "INT n beyond the IDT");
    check_eq(trap_last.error, 0x92 * 8 + 2, "its error code");
    trap_idt_load(trap_gate_of(0), 4095);
    uint64_t old = trap_gate_of(VEC_BP)[0];
    trap_gate_of(VEC_BP)[0] &= ~BIT(47);
    check_trap(TRY("int3"), VEC_NP, "INT3 through an absent gate");
    check_eq(trap_last.error, VEC_BP * 8 + 2, "its error code has no EXT");
    trap_gate_of(VEC_BP)[0] = old;
    old = trap_gate_of(VEC_UD)[0];
    trap_gate_of(VEC_UD)[0] &= ~BIT(47);
    check_trap(TRY("ud2"), VEC_NP, "#UD through an absent gate");
    check_eq(trap_last.error, VEC_UD * 8 + 3, "its error code has EXT");
    trap_gate_of(VEC_UD)[0] = old;
}

static void double_faults(void)
{
    uint64_t old = trap_gate_of(VEC_GP)[0], v;
    trap_gate_of(VEC_GP)[0] &= ~BIT(47);
    check_trap(TRY("movb (%0), %%al", "c"(0x800000000000ull)), VEC_DF, "#GP through an absent gate");
    check_eq(trap_last.error, 0, "error code of #DF");
    check_trap(try_rdmsr(0xdeadbeef, &v), VEC_DF, "injected #GP through an absent gate");
    trap_gate_of(VEC_GP)[0] = old;
    old = trap_gate_of(VEC_DE)[0];
    trap_gate_of(VEC_DE)[0] &= ~BIT(47);
    check_trap(TRY("div %%cl", "a"(1), "c"(0)), VEC_DF, "#DE through an absent gate");
    trap_gate_of(VEC_DE)[0] = old;
    uint64_t old_pf = trap_gate_of(VEC_PF)[0];
    trap_gate_of(VEC_PF)[0] &= ~BIT(47);
    check_trap(TRY("movb (%0), %%al", "c"(0x10000000000)), VEC_DF, "#PF through an absent gate");
    trap_gate_of(VEC_PF)[0] = old_pf;
    check_trap(TRY("movq %0, %%rsp; ud2", "c"(0x10000000000)), VEC_DF, "#UD on an absent stack");
}

void test_delivery(void)
{
    uint64_t entry = (uint64_t)idt_area / 0x200000, old = page_pd[entry];
    split();
    idt_paging();
    stack_paging();
    trap_idt_load(trap_gate_of(0), 4095);
    page_pd[entry] = old;
    write_cr3(read_cr3());
    gates();
    double_faults();
}
