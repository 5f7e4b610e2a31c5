// SPDX-License-Identifier: MIT
// t_mmio: instructions on device memory must do what they do on RAM that holds the same value.
#include <guest/apic.h>
#include <guest/boot.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/trap.h>
#include "forms.h"

#define HOLE       0xd0000000 /* nothing there: reads all ones, ignores writes */
#define IOAPIC_PIN 20         /* its entry serves as a register with these writable bits: */
#define PIN_BITS   0x1afffu
#define TPR_BITS   0xffu

static uint8_t ram[64] __attribute__((aligned(64)));
static uint8_t ram_behind[2][64] __attribute__((aligned(64)));

struct target {
    const char *name;
    uint64_t address;
    unsigned sizes;   /* sum of the operand sizes that it takes */
    uint64_t initial;
    uint64_t bits;    /* that hold what is written; 0: none */
};

static struct form_regs initial(uint64_t address, void *behind, uint64_t flags)
{
    return (struct form_regs){.rax = 0x1122334455660033, .rbx = 0x8000000000010035, .rcx = 4,
                              .rdx = 0xffffffffffff0fff, .rsi = address, .rdi = (uint64_t)behind,
                              .r8 = 0x0123456789abcdef, .r9 = 0x00000000000100aa, .rbp = 4, .rflags = 2 | flags};
}

static bool same(const struct form *form, const struct form_regs *got, const struct form_regs *want)
{
    bool good = got->rax == want->rax && got->rbx == want->rbx && got->rcx == want->rcx && got->rdx == want->rdx;
    good &= got->r8 == want->r8 && got->r9 == want->r9 && got->rbp == want->rbp;
    good &= (got->rflags & form->flags) == (want->rflags & form->flags);
    return good && memcmp(ram_behind[0], ram_behind[1], 64) == 0;
}

static void tell(const struct form_regs *r)
{
    print("  rax %lx rbx %lx rcx %lx rdx %lx r8 %lx r9 %lx rbp %lx rsi %lx rdi %lx flags %lx\n", r->rax, r->rbx,
          r->rcx, r->rdx, r->r8, r->r9, r->rbp, r->rsi, r->rdi, r->rflags);
}

static bool run_on(const struct target *t, const struct form *form, uint64_t flags)
{
    uint64_t value = 0;
    memset(ram, 0xff, sizeof(ram));
    if (t->bits) {
        mmio_write(t->address, (uint32_t)t->initial);
        memset(ram, 0, sizeof(ram));
        memcpy(ram, &t->initial, 8);
    }
    memset(ram_behind, 0x3c, sizeof(ram_behind));
    struct form_regs got = initial(t->address, ram_behind[0], flags);
    struct form_regs want = initial((uint64_t)ram, ram_behind[1], flags);
    form_run(form->code, &want);
    form_run(form->code, &got);
    bool good = same(form, &got, &want) && got.rsi - t->address == want.rsi - (uint64_t)ram &&
                got.rdi - (uint64_t)ram_behind[0] == want.rdi - (uint64_t)ram_behind[1];
    memcpy(&value, ram, 4);
    if (t->bits)
        good &= (mmio_read(t->address) & t->bits) == (value & t->bits);
    check(good, "%s: %s, flags %lx", t->name, form->name, flags);
    if (!good) {
        tell(&got);
        tell(&want);
        if (t->bits)
            print("  memory %x, wanted %lx\n", mmio_read(t->address), value);
    }
    return good;
}

static void run_all(const struct target *t)
{
    for (const struct form *f = forms; f < forms_end; f++)
        if (t->sizes & f->size) {
            run_on(t, f, 0);
            run_on(t, f, 0x8d5);
        }
}

static void test_hole(void)
{
    run_all(&(struct target){"hole", HOLE, 15, ~0ull, 0});
}

static void test_ioapic(void)
{
    mmio_write(IOAPIC_BASE, 0x10 + 2 * IOAPIC_PIN);
    run_all(&(struct target){"ioapic", IOAPIC_BASE + 0x10, 4, 0x102b1, PIN_BITS});
    mmio_write(IOAPIC_BASE + 0x10, IOAPIC_MASKED);
}

static void test_xapic(void)
{
    if (apic_is_x2()) {
        report_skip("xAPIC page", "x2APIC is on");
        return;
    }
    apic_enable();
    run_all(&(struct target){"xapic", APIC_BASE_ADDRESS + APIC_TPR, 4, 0xb5, TPR_BITS});
    apic_write(APIC_TPR, 0);
}

/* REP STOS, SCAS and MOVS into device memory, which forms.S with its RSI cannot say. */
static void test_strings(void)
{
    uint64_t rdi = HOLE, rcx = 100, rsi = (uint64_t)ram;
    asm volatile("rep stosl" : "+D"(rdi), "+c"(rcx) : "a"(0x1234) : "memory");
    check(rdi == HOLE + 400 && rcx == 0, "REP STOS into the hole");
    rdi = HOLE + 4096 - 8;
    rcx = 16;
    asm volatile("rep movsb" : "+D"(rdi), "+c"(rcx), "+S"(rsi)::"memory");
    check(rdi == HOLE + 4096 + 8 && rcx == 0, "REP MOVS into the hole, over a page boundary");
    rdi = HOLE;
    rcx = 20;
    bool equal;
    asm volatile("repe scasb" : "+D"(rdi), "+c"(rcx), "=@cce"(equal) : "a"(0xff) : "memory");
    check(rdi == HOLE + 20 && rcx == 0 && equal, "REPE SCAS in the hole");
    rdi = HOLE;
    rcx = 20;
    asm volatile("repne scasl" : "+D"(rdi), "+c"(rcx), "=@cce"(equal) : "a"(~0u) : "memory");
    check(rdi == HOLE + 4 && rcx == 19 && equal, "REPNE SCAS in the hole");
    rdi = IOAPIC_BASE;
    asm volatile("stosl" : "+D"(rdi) : "a"(1) : "memory");
    check_eq(mmio_read(IOAPIC_BASE) & 0xff, 1, "STOS into the IOAPIC");
    rsi = HOLE;
    rdi = HOLE + 0x10000;
    rcx = 8;
    asm volatile("rep movsl" : "+D"(rdi), "+c"(rcx), "+S"(rsi)::"memory");
    check(rsi == HOLE + 32 && rdi == HOLE + 0x10020 && rcx == 0, "REP MOVS from the hole into the hole");
    uint64_t value;
    asm volatile("pushq (%1); popq %0" : "=r"(value) : "r"((uint64_t)HOLE));
    check_eq(value, ~0ull, "PUSH from the hole");
    asm volatile("pushq $5; popq (%1)" : "=r"(value) : "r"((uint64_t)HOLE) : "memory");
    check_eq(*(volatile uint64_t *)HOLE, ~0ull, "POP into the hole");
    rsi = HOLE;
    asm volatile("std; lodsl; cld" : "+S"(rsi)::"rax", "memory");
    check_eq(rsi, HOLE - 4, "LODS downwards");
}

static void test_edges(void)
{
    uint64_t end = boot_memory_end();
    uint16_t last = *(volatile uint16_t *)(end - 2);
    check_eq(*(volatile uint16_t *)end, 0xffff, "the first word behind memory, 0x%lx", end);
    check_eq(*(volatile uint32_t *)(end - 2), 0xffff0000u | last, "a read over the end of memory");
    *(volatile uint16_t *)(end - 2) = 0;
    *(volatile uint32_t *)(end - 2) = 0x87654321;
    check_eq(*(volatile uint16_t *)(end - 2), 0x4321, "a write over the end of memory");
    *(volatile uint16_t *)(end - 2) = last;
    check_eq(*(volatile uint64_t *)(HOLE + 4096 - 3), ~0ull, "a read over a page boundary of the hole");
    check_trap(TRY("jmp *%0", "r"((uint64_t)HOLE)), VEC_UD, "a jump into the hole");
    check_eq(trap_last.rip, HOLE, "its rip");
    check_trap(TRY("movl (%0), %%eax; ud2", "r"((uint64_t)HOLE)), VEC_UD, "a read, then UD2");
    check_eq(trap_last.rflags & FLAG_RF, FLAG_RF, "its RF");
    uint64_t flags;
    asm volatile("pushfq; andl $~0x10000, (%%rsp); popfq; movl (%1), %%eax; pushfq; popq %0"
                 : "=r"(flags) : "r"((uint64_t)HOLE) : "rax", "memory");
    check_eq(flags & FLAG_RF, 0, "RF after an emulated read");
}

void guest_main(const char *cmdline)
{
    static const struct test_group groups[] = {{"hole", test_hole},       {"ioapic", test_ioapic},
                                               {"xapic", test_xapic},     {"strings", test_strings},
                                               {"edges", test_edges}};
    run_groups("t_mmio", groups, sizeof(groups) / sizeof(groups[0]), cmdline);
}
