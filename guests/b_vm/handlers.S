/* SPDX-License-Identifier: MIT */
/* Interrupt handlers as short as can be, so that a measurement is of the hypervisor. */
    .section .text.handlers, "ax"

/* #GP: step over a 2-byte instruction */
    .globl skip_two
skip_two:
    addq $8, %rsp
    addq $2, (%rsp)
    iretq

/* notes the time of its first instruction (two pushes late), EOI in x2APIC mode */
    .globl note_time
note_time:
    pushq %rax
    pushq %rdx
    rdtsc
    movl %eax, note_tsc
    movl %edx, note_tsc + 4
    pushq %rcx
    movl $0x80b, %ecx
    xorl %eax, %eax
    xorl %edx, %edx
    wrmsr
    popq %rcx
    popq %rdx
    popq %rax
    iretq

    .section .bss.note, "aw", @nobits
    .balign 8
    .globl note_tsc
note_tsc:
    .skip 8

    .section .note.GNU-stack, "", @progbits
