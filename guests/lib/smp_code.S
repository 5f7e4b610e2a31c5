/* SPDX-License-Identifier: MIT */
/* From the start-up IPI to C: real mode at SMP_PAGE, then as start.S, with a stack of its own. */
#include <guest/smp.h>
#include <guest/start.h>

#define AT(label) (label - smp_code + SMP_PAGE)

    .section .rodata.smp, "a"
    .balign 8
    .globl smp_code, smp_code_end
    .code16
smp_code:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    lgdtl smp_gdt - smp_code
    movl %cr0, %eax
    movl %eax, SMP_FOUND - SMP_PAGE
    movl %edx, SMP_FOUND - SMP_PAGE + 4
    orl $1, %eax
    movl %eax, %cr0
    ljmpl $SEL_CODE32, $AT(1f)
    .code32
1:  movl $SEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %cr4, %eax
    orl $1 << 5, %eax
    movl %eax, %cr4
    movl $page_pml4, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx
    rdmsr
    orl $1 << 8, %eax
    wrmsr
    movl %cr0, %eax
    andl $~0x60000000, %eax
    orl $0x80010001, %eax
    movl %eax, %cr0
    ljmp $SEL_CODE64, $AT(2f)
    .code64
2:  movl $1, %eax
    cpuid
    shrl $24, %ebx
    movl %ebx, %edi
    incl %ebx
    shll $12, %ebx
    leaq smp_stacks(%rbx), %rsp
    xorl %ebp, %ebp
    movq $smp_main, %rax
    call *%rax
    .balign 8
smp_gdt:
    .word SEL_FREE - 1
    .long gdt
smp_code_end:

    .section .note.GNU-stack, "", @progbits
