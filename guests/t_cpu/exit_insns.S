/* SPDX-License-Identifier: MIT */
/* Functions of one instruction that makes a VM exit, labelled for breakpoints and single-steps. */
    .section .text.exits, "ax"
    .macro labelled name, insn:vararg
    .globl run_\name, \name
run_\name:
    pushq %rbx
    movl $0x1b, %ecx
    movl $0xfec00000, %edx
    xorl %eax, %eax
\name:
    \insn
    popq %rbx
    ret
    .endm

    labelled bp_cpuid, cpuid
    labelled bp_in, inb $0x71, %al
    labelled bp_rdmsr, rdmsr
    labelled bp_mmio, movl (%rdx), %eax

/* Flips a bit of a control register; it is the host's, so that the write makes a VM exit. */
    .macro flipping name, reg, bit
    .globl run_\name, \name
run_\name:
    movq %\reg, %rax
    xorq $(1 << \bit), %rax
\name:
    movq %rax, %\reg
    ret
    .endm

    flipping bp_cr0, cr0, 30 /* CD */
    flipping bp_cr4, cr4, 6  /* MCE */

/*
 * Single-step over every kind of emulated instruction. The #DB handler notes each rip;
 * step_points lists where they must be, in order.
 */
    .globl step_run, step_points, step_points_end
step_run:
    pushq %rbx
    pushq %rbp
    subq $64, %rsp
    movl $0xfec00000, %ebp
    pushfq
    orl $0x100, (%rsp)
    popfq
    nop
s1: xorl %eax, %eax
s2: xorl %ecx, %ecx
s3: cpuid
s4: inb $0x71, %al
s5: outb %al, $0x80
s6: movl (%rbp), %eax
s7: movl %eax, (%rbp)
s8: movl $0x1b, %ecx
s9: rdmsr
s10: wrmsr
s11: movq %cr8, %rax
s12: movq %rax, %cr8
s13: movl $0x10, %eax
s14: movl %eax, %ss            /* holds #DB back over the next instruction */
    nop
s16: movl %eax, %ss
    cpuid                       /* the same, with an exit in the shadow */
s17: movl $0x3ff, %edx
s18: movq %rsp, %rdi
s19: movl $3, %ecx
s20: rep insb                   /* one #DB for each iteration */
s21: movl $2, %ecx
s22: movq %rsp, %rsi
s23: rep outsb
s24: movl (%rbp), %ecx
s25: pushfq
s26: andl $~0x100, (%rsp)
s27: popfq
s28: nop                         /* POPF began with TF set: a last trap follows it */
    addq $64, %rsp
    popq %rbp
    popq %rbx
    ret

    .section .rodata.step, "a"
    .balign 8
step_points:
    .quad s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s16, s17
    .quad s18, s19, s20, s20, s20, s21, s22, s23, s23, s24, s25, s26, s27, s28
step_points_end:

    .section .note.GNU-stack, "", @progbits
