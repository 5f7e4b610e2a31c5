// SPDX-License-Identifier: MIT
// x_walk: lets the CPU itself use memory that is not there: page tables, stacks, descriptor tables.
#include <guest/boot.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/trap.h>

#define HOLE 0xd0000000ull

static uint64_t table[512] __attribute__((aligned(4096)));

static void tell(const char *what, unsigned vector)
{
    print("%s: vector %u error 0x%lx cr2 0x%lx\n", what, vector, trap_last.error, trap_last.cr2);
}

/* Tables in the hole read all ones: reserved bits, so #PF is what a CPU would raise. */
static void page_tables(void)
{
    page_pml4[2] = HOLE | PTE_TABLE;
    tell("PDPT in the hole", TRY("movb (%0), %%al", "r"(BIT(40))));
    page_pml4[2] = (uint64_t)table | PTE_TABLE;
    table[0] = HOLE | PTE_TABLE;
    write_cr3(read_cr3());
    tell("page directory in the hole", TRY("movb (%0), %%al", "r"(BIT(40))));
    table[0] = BIT(35) | PTE_TABLE;
    write_cr3(read_cr3());
    tell("page directory far away", TRY("movb $1, (%0)", "r"(BIT(40))));
    page_pml4[2] = 0;
    write_cr3(read_cr3());
}

static void descriptors(void)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) far = {0xffff, HOLE}, near;
    asm volatile("sgdt %0" : "=m"(near));
    asm volatile("lgdt %0" ::"m"(far));
    tell("GDT in the hole", TRY("movl %0, %%fs", "r"(SEL_USER_DATA)));
    asm volatile("lgdt %0" ::"m"(near));
    asm volatile("movl %0, %%fs" ::"r"(0));
}

static void stack(void)
{
    uint64_t value = 0;
    asm volatile("movq %%rsp, %%rcx; movq %1, %%rsp; pushq $5; popq %0; movq %%rcx, %%rsp"
                 : "=&r"(value)
                 : "r"(HOLE + 4096)
                 : "rcx", "memory");
    print("stack in the hole: %lx\n", value);
}

static void lidt(uint64_t base)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) pointer = {0xfff, base};
    asm volatile("lidt %0; int3" ::"m"(pointer) : "memory");
}

/* These end the VM; the command line chooses one. */
void guest_main(const char *cmdline)
{
    report_name("x_walk");
    if (text_has_word(cmdline, "idt"))
        lidt(HOLE);
    if (text_has_word(cmdline, "cr3"))
        write_cr3(HOLE);
    if (text_has_word(cmdline, "code"))
        asm volatile("jmp *%0" ::"r"(HOLE));
    if (text_has_word(cmdline, "delivery"))
        asm volatile("movq %0, %%rsp; int3" ::"r"(HOLE + 4096));
    if (text_has_word(cmdline, "gdt"))
        descriptors();
    if (text_has_word(cmdline, "stack"))
        stack();
    page_tables();
    check(true, "alive behind walks of absent memory");
}
