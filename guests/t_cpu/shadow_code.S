/* SPDX-License-Identifier: MIT */
/* Code for shadow.c: an interrupt is pending at entry; the labels tell where it must come. */
#include <guest/start.h>

    .section .text.shadow, "ax"
    .macro sti_then name, insn:vararg
    .globl shadow_sti_\name, at_sti_\name
shadow_sti_\name:
    pushq %rbx
    movl $0xfec00000, %esi
    sti
    \insn
at_sti_\name:
    nop
    nop
    popq %rbx
    ret
    .endm

    sti_then nop, nop
    sti_then cpuid, cpuid
    sti_then in, inb $0x71, %al
    sti_then mmio, movl (%rsi), %eax
    sti_then hlt, hlt

/* POPF has no shadow of its own; after MOV SS it runs in that one's. */
    .macro popf_after name, insn:vararg
    .globl shadow_\name, at_\name
shadow_\name:
    movl $SEL_DATA, %eax
    pushfq
    orl $0x200, (%rsp)
    \insn
    popfq
at_\name:
    nop
    ret
    .endm

    popf_after popf, nop
    popf_after ss_popf, movl %eax, %ss

    .section .note.GNU-stack, "", @progbits
