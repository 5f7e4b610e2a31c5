/* SPDX-License-Identifier: MIT */
/* Start of every thread of a ring-3 program: the creator has set RSP to the top of its stack, RDI to its number. */
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
