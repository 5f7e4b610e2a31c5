/* SPDX-License-Identifier: MIT */
/* Start of every ring-3 program: the creator has set RSP to the top of the stack. */
    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp
    andq $-16, %rsp
    call start_program
    ud2
    .size _start, . - _start
    .section .note.GNU-stack, "", @progbits
