/* SPDX-License-Identifier: MIT */
/* Position-independent snippets that t_cpu runs in ring 3; each ends with an exception. */
    .section .text.user, "ax"
    .macro snippet name
    .globl \name
\name:
    .endm

    snippet user_ud2
    ud2
    snippet user_rdmsr
    movl $0x1b, %ecx
    rdmsr
    ud2
    snippet user_xsetbv
    xorl %ecx, %ecx
    xorl %edx, %edx
    movl $1, %eax
    xsetbv
    ud2
    snippet user_int80
    int $0x80
    ud2
    snippet user_int3
    int3
    ud2
    snippet user_hlt
    hlt
    ud2
    snippet user_in
    inb $0x71, %al
    ud2
    snippet user_rdtsc
    rdtsc
    ud2
    snippet user_unaligned
    pushfq
    orl $0x40000, (%rsp)        /* AC */
    popfq
    movl 1(%rsp), %eax
    ud2
    snippet user_read_kernel
    movl 0x100000, %eax
    ud2
    snippet user_sgdt
    sgdt -16(%rsp)
    ud2
    snippet user_cpuid
    xorl %eax, %eax
    cpuid
    ud2

    .section .note.GNU-stack, "", @progbits
