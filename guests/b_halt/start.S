/* SPDX-License-Identifier: MIT */
/* The smallest guest: its first exit is a CPUID; then it halts. */
    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 8, 18              /* name bytes, value bytes, XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .quad start32

    .section .text.start, "ax"
    .code32
    .globl start32
start32:
    xorl %eax, %eax
    cpuid
1:  hlt
    jmp 1b
    .section .note.GNU-stack, "", @progbits
