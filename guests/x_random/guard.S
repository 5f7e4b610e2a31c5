/* SPDX-License-Identifier: MIT */
/* Calls code that may do anything; the first exception comes back here with all registers lost. */
#include <guest/start.h>

    .section .text.guard, "ax"
/* void random_run(const void *code, void *stack) */
    .globl random_run
random_run:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, trap_resume_rsp
    movq $1f, trap_resume
    movq %rsi, %rsp
    xorl %eax, %eax
    movl %eax, %ecx
    movl %eax, %edx
    movl %eax, %ebx
    movl %eax, %ebp
    leaq -1024(%rsp), %rsi
    movq %rsi, %r8
    call *%rdi
    ud2
1:  cld
    movl $SEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    xorl %eax, %eax
    movl %eax, %fs
    movl %eax, %gs
    pushq $2
    popfq
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret

    .section .note.GNU-stack, "", @progbits
