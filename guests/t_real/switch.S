/* SPDX-License-Identifier: MIT */
/* The way from long mode down to real or protected mode and back. */
#include "t_real.h"

    .section .text.switch, "ax"
    .code64
/* void real_run(void); void pm_run(void): interrupts are off */
    .globl real_run, pm_run
real_run:
    movl $real_enter, %eax
    jmp leave64
pm_run:
    movl $pm_main, %eax
leave64:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, saved_rsp
    sidt saved_idt
    movl $pm_stack_top, %esp
    movl %eax, %ebx
    pushq $SEL_CODE32
    pushq $leave32
    lretq

    .code32
leave32:
    movl $SEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %cr0, %eax
    andl $0x7fffffff, %eax
    movl %eax, %cr0
    movl $0xc0000080, %ecx
    rdmsr
    andl $~0x100, %eax
    wrmsr
    jmp *%ebx

real_enter:
    movl $SEL_DATA, %eax
    movl %eax, %gs
    movl $SEL_LOW_DATA, %eax
    movl %eax, %ds
    movl %eax, %ss
    movl %eax, %es
    movl %eax, %fs              /* GS keeps its 4 GiB */
    ljmp $SEL_LOW_CODE, $real_protected16_at

    .globl enter64
enter64:
    movl $SEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %eax, %fs
    movl %eax, %gs
    movl %cr4, %eax
    orl $1 << 5, %eax
    andl $~(1 << 4), %eax
    movl %eax, %cr4
    movl $page_pml4, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx
    rdmsr
    orl $0x100, %eax
    wrmsr
    movl %cr0, %eax
    orl $0x80000000, %eax
    andl $~8, %eax              /* a task switch left TS */
    movl %eax, %cr0
    ljmp $SEL_CODE64, $back64
    .code64
back64:
    movq saved_rsp, %rsp
    lidt saved_idt
    andb $~2, gdt + SEL_TSS + 5 /* not busy, so that LTR takes it */
    movl $SEL_TSS, %eax
    ltr %ax
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret

    .section .bss.switch, "aw", @nobits
    .balign 16
saved_rsp:
    .skip 8
saved_idt:
    .skip 16
    .skip 4096
    .globl pm_stack_top
pm_stack_top:

    .section .note.GNU-stack, "", @progbits
