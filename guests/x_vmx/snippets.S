/* SPDX-License-Identifier: MIT */
/* VMX and SMX instructions, 16 bytes each; RCX points to an operand, RDX is one. */
    .section .text.snippets, "ax"
    .macro snippet insn:vararg
    .balign 16
    \insn
    ret
    .endm

    .balign 16
    .globl vmx_snippets, vmx_snippets_end
vmx_snippets:
    snippet vmxon (%rcx)
    snippet vmxoff
    snippet vmclear (%rcx)
    snippet vmptrld (%rcx)
    snippet vmptrst (%rcx)
    snippet vmread %rdx, %rcx
    snippet vmread %rdx, (%rcx)
    snippet vmwrite %rdx, %rcx
    snippet vmwrite (%rcx), %rdx
    snippet vmlaunch
    snippet vmresume
    snippet invept (%rcx), %rdx
    snippet invvpid (%rcx), %rdx
    snippet vmfunc
    snippet getsec
    snippet .byte 0x66, 0x0f, 0xc7, 0x31    /* VMCLEAR again, by bytes */
    snippet .byte 0xf3, 0x0f, 0xc7, 0x31    /* VMXON */
    snippet .byte 0x0f, 0x01, 0xd9          /* VMMCALL of another vendor */
    snippet .byte 0x0f, 0x01, 0xd8          /* VMRUN */
    .balign 16
vmx_snippets_end:

    .section .note.GNU-stack, "", @progbits
