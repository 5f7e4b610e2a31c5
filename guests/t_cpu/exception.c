// SPDX-License-Identifier: MIT
// Exceptions of plain instructions: vector, error code, rip, RF and CR2, in ring 0 and ring 3.
#include "t_cpu.h"

#define NON_CANONICAL 0x800000000000ull

static void faults(void)
{
    check_trap(TRY("div %%cl", "a"(1), "c"(0)), VEC_DE, "DIV by zero");
    check_eq((uint64_t)trap_offset(), 0, "rip at the DIV");
    check_eq(trap_last.rflags & FLAG_RF, FLAG_RF, "#DE pushes RF");
    check_trap(TRY("int3"), VEC_BP, "INT3");
    check_eq((uint64_t)trap_offset(), 1, "rip behind the INT3");
    check_eq(trap_last.rflags & FLAG_RF, 0, "#BP does not push RF");
    check_trap(TRY("ud2"), VEC_UD, "UD2");
    check_eq((uint64_t)trap_offset(), 0, "rip at the UD2");
    check_trap(TRY(".byte 0xf1"), VEC_DB, "INT1");
    check_trap(TRY("movb (%0), %%al", "c"(NON_CANONICAL)), VEC_GP, "read at a non-canonical address");
    check_eq(trap_last.error, 0, "error code");
    check_trap(TRY("movq %0, %%rbp; movb (%%rbp), %%al", "c"(NON_CANONICAL)), VEC_SS,
               "read at a non-canonical address by RBP");
    check_trap(TRY("movq %0, %%rsp; pushq $0", "c"(NON_CANONICAL)), VEC_DF, "a non-canonical stack");
    check_trap(TRY("movl %0, %%ds", "r"(0x1234)), VEC_GP, "load of a selector beyond the GDT");
    check_eq(trap_last.error, 0x1234 & ~3u, "its error code");
    check_trap(TRY(".byte 0x0f, 0x0b"), VEC_UD, "UD2 again");
    check_trap(TRY(".byte 0xf0, 0x90"), VEC_UD, "LOCK NOP");
    check_trap(TRY(".byte 0x2e,0x2e,0x2e,0x2e,0x2e,0x2e,0x2e,0x2e,0x2e,0x2e,0x2e,0x2e,0x2e,0x2e,0x2e,0x90"),
               VEC_GP, "an instruction of 16 bytes");
}

static void page_faults(void)
{
    uint64_t far = 0x10000000000; /* PML4[2] is empty */
    check_trap(TRY("movb (%0), %%al", "r"(far)), VEC_PF, "read of an absent page");
    check_eq(trap_last.error, 0, "its error code");
    check_eq(trap_last.cr2, far, "its CR2");
    check_trap(TRY("movb $1, 0x123(%0)", "r"(far)), VEC_PF, "write of an absent page");
    check_eq(trap_last.error, 2, "its error code");
    check_eq(trap_last.cr2, far + 0x123, "its CR2");
    static uint8_t page[8192] __attribute__((aligned(4096)));
    static uint64_t table[512] __attribute__((aligned(4096)));
    uint64_t entry = (uint64_t)page / 0x200000;
    uint64_t old = page_pd[entry], page_number = (uint64_t)page / 4096 % 512;
    for (unsigned i = 0; i < 512; i++)
        table[i] = (entry * 0x200000 + i * 4096) | PTE_TABLE;
    table[page_number] &= ~(uint64_t)PTE_WRITE;
    table[page_number + 1] |= BIT(51); /* above the physical address on all but the largest CPUs */
    page_pd[entry] = (uint64_t)table | PTE_TABLE;
    write_cr3(read_cr3());
    check_trap(TRY("movb $1, (%0)", "r"(page)), VEC_PF, "write of a read-only page");
    check_eq(trap_last.error, 3, "its error code");
    write_cr0(read_cr0() & ~CR0_WP);
    check_trap(TRY("movb $1, (%0)", "r"(page)), VEC_NONE, "the same without CR0.WP");
    write_cr0(read_cr0() | CR0_WP);
    if ((cpuid(0x80000008).eax & 0xff) < 52) {
        check_trap(TRY("movb (%0), %%al", "r"(page + 4096)), VEC_PF, "a reserved bit in a page table");
        check_eq(trap_last.error, 9, "its error code");
    }
    page_pd[entry] = old;
    write_cr3(read_cr3());
}

static void ring3(void)
{
    check_trap(in_ring3(user_ud2), VEC_UD, "UD2 in ring 3");
    check_eq(trap_last.cs, SEL_USER64, "CS of ring 3");
    check_trap(in_ring3(user_int80), VEC_GP, "INT 0x80 in ring 3 through a gate of ring 0");
    check_eq(trap_last.error, 0x80 * 8 + 2, "its error code");
    check_trap(in_ring3(user_int3), VEC_BP, "INT3 in ring 3");
    check_trap(in_ring3(user_hlt), VEC_GP, "HLT in ring 3");
    check_trap(in_ring3(user_in), VEC_GP, "IN in ring 3 with IOPL 0");
    trap_user_flags = 2 | 3 << 12;
    check_trap(in_ring3(user_in), VEC_UD, "IN in ring 3 with IOPL 3");
    check_eq(trap_last.rip - USER_ALIAS, (uint64_t)user_in + 2, "rip behind the IN");
    trap_user_flags = 2;
    check_trap(in_ring3(user_read_kernel), VEC_PF, "ring 3 reads a supervisor page");
    check_eq(trap_last.error, 5, "its error code");
    write_cr0(read_cr0() | CR0_AM);
    check_trap(in_ring3(user_unaligned), VEC_AC, "unaligned read in ring 3 with AC and AM");
    check_eq(trap_last.error, 0, "its error code");
    write_cr0(read_cr0() & ~CR0_AM);
    check_trap(in_ring3(user_unaligned), VEC_UD, "unaligned read in ring 3 without AM");
}

static void syscall_return(void)
{
    uint64_t efer = rdmsr(MSR_EFER), rcx;
    wrmsr(MSR_EFER, efer | EFER_SCE);
    wrmsr(MSR_STAR, (uint64_t)SEL_USER32 << 48 | (uint64_t)SEL_CODE64 << 32);
    wrmsr(MSR_FMASK, 0x4);
    asm volatile("leaq 1f(%%rip), %%rax; movq %%rax, %%rdx; shrq $32, %%rdx; movl %1, %%ecx; wrmsr; syscall; 1:"
                 : "=&c"(rcx)
                 : "i"(MSR_LSTAR)
                 : "rax", "rdx", "r11", "memory");
    uint64_t lstar = rdmsr(MSR_LSTAR);
    check_eq(rcx, lstar, "SYSCALL saves rip in RCX");
    wrmsr(MSR_EFER, efer);
}

void test_exception(void)
{
    faults();
    page_faults();
    ring3();
    syscall_return();
}
