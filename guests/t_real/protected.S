/* SPDX-License-Identifier: MIT */
/* 32-bit protected mode: segments, task switches, VM86, PAE and 4-MiB paging. Paging is off at entry. */
#include "t_real.h"

    .macro try32 slot, insn:vararg
    movl $9f, pm_resume
    movl %esp, pm_resume_esp
    movl $8f, pm_eip
    movl $8f, pm_start
    movl $0x100, pm_vector
8:  \insn
9:  movl $\slot, %edi
    call pm_note
    .endm

    .macro v86 slot, code, flags
    movl $9f, pm_resume
    movl %esp, pm_resume_esp
    movl $\code\()_at, pm_start
    movl $0x100, pm_vector
    pushl $0                    /* GS FS DS ES */
    pushl $0
    pushl $LOW_SEG
    pushl $0
    pushl $0                    /* SS:SP */
    pushl $0x6000
    pushl $(0x20002 | \flags)
    pushl $LOW_SEG
    pushl $\code\()_at
    iretl
9:  movl $\slot, %edi
    call pm_note
    .endm

    .section .text.protected, "ax"
    .code32
    .globl pm_main
pm_main:
    movl $pm_stack_top, %esp
    lidt pm_idt_pointer
    movl $SEL_TSS_A, %eax
    ltr %ax
    movl $SEL_DATA, %eax
    movl %eax, %fs
    movl %eax, %gs
    call pm_segments
    call pm_tasks
    call pm_v86
    call pm_paging
    jmp enter64

pm_note:                        /* what was caught, into slot EDI */
    shll $4, %edi
    movl pm_vector, %eax
    movl %eax, pm_slots(%edi)
    movl pm_error, %eax
    movl %eax, pm_slots + 4(%edi)
    movl pm_eip, %eax
    subl pm_start, %eax
    movl %eax, pm_slots + 8(%edi)
    movl pm_eflags, %eax
    movl %eax, pm_slots + 12(%edi)
    ret

    .balign 16
    .globl pm_stubs
pm_stubs:
    .set vector, 0
    .rept PM_VECTORS
    .balign 16
    .if (vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17)
    .else
    pushl $0
    .endif
    pushl $vector
    jmp pm_caught
    .set vector, vector + 1
    .endr

pm_caught:                      /* leave the frame behind: go on at pm_resume */
    movl $SEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    popl pm_vector
    popl pm_error
    popl pm_eip
    popl pm_eflags              /* CS, not wanted */
    popl pm_eflags
    movl %eax, %ss
    movl pm_resume_esp, %esp
    pushl $2
    popfl
    jmp *pm_resume

pm_segments:
    movl $SEL_SMALL, %eax
    movl %eax, %es
    try32 P_LIMIT, movl %es:13, %eax
    movl $SEL_ABSENT, %eax
    try32 P_ABSENT, movl %eax, %es
    movl $SEL_DATA, %eax
    movl %eax, %es
    try32 P_SOFT, int $VEC_SOFT
    movl $0xdeadbeef, %ecx
    try32 P_RDMSR, rdmsr
    try32 P_UNDEFINED, vmxoff
    movl $SEL_IOAPIC, %eax
    movl %eax, %fs
    movl $1, %fs:0
    movl %fs:0x10, %eax
    movl %eax, pm_values + 4 * W_MMIO
    movl $0x3ff, %edx
    movb $0x2b, %al
    outb %al, %dx
    movl $SEL_LOW_DATA, %eax
    movl %eax, %es
    movl $(LOW_DATA - LOW_BASE + 0x10000), %edi
    movl $3, %ecx
    addr16 rep insb             /* ES:DI, wraps nowhere */
    movl %ecx, pm_values + 4 * W_INSB
    movl $SEL_DATA, %eax
    movl %eax, %es
    movl %eax, %fs
    ret

/* ---- tasks: A is this code, B is task_b ---- */
pm_tasks:
    movl $0x0a0a0a0a, %esi
    ljmp $SEL_TSS_B, $0
    movl %esi, pm_values + 4 * W_BACK_REGS
    str %eax
    movl %eax, pm_values + 4 * W_BACK_TR
    clts
    lcall $SEL_TSS_B, $0
    movl %esi, pm_values + 4 * W_RETURN
    int $VEC_TASK
    movl $1, pm_values + 4 * W_INT
    movl $0xdeadbeef, %ecx
    movl pm_idt + 8 * 13, %eax
    movl %eax, saved_gate
    movl pm_idt + 8 * 13 + 4, %eax
    movl %eax, saved_gate + 4
    movl $SEL_TSS_B << 16, pm_idt + 8 * 13
    movl $0x8500, pm_idt + 8 * 13 + 4
    rdmsr                       /* #GP by task gate: B steps over it */
    movl saved_gate, %eax
    movl %eax, pm_idt + 8 * 13
    movl saved_gate + 4, %eax
    movl %eax, pm_idt + 8 * 13 + 4
    clts
    try32 P_TASK_ABSENT, ljmp $SEL_TSS_C, $0
    try32 P_TASK_BUSY, ljmp $SEL_TSS_A, $0
    ret

    .macro busy_bits value      /* low nibble of the types of A and B */
    movzbl gdt + SEL_TSS_A + 5, %eax
    shll $8, %eax
    movb gdt + SEL_TSS_B + 5, %al
    movl %eax, pm_values + 4 * \value
    .endm

    .globl task_b
task_b:                         /* by JMP */
    movl %eax, pm_values + 4 * W_JMP_REGS
    str %eax
    movl %eax, pm_values + 4 * W_JMP_TR
    movl %cr0, %eax
    movl %eax, pm_values + 4 * W_JMP_TS
    pushfl
    popl pm_values + 4 * W_JMP_FLAGS
    busy_bits W_JMP_BUSY
    ljmp $SEL_TSS_A, $0
                                /* by CALL */
    pushfl
    popl pm_values + 4 * W_CALL_FLAGS
    movl tss_b, %eax
    movl %eax, pm_values + 4 * W_CALL_LINK
    busy_bits W_CALL_BUSY
    iretl
                                /* by INT through the task gate */
    iretl
                                /* by #GP through the task gate, with an error code */
    popl pm_values + 4 * W_FAULT
    addl $2, tss_a + 32         /* EIP of A: behind RDMSR */
    iretl
1:  jmp 1b

/* ---- VM86 ---- */
pm_v86:
    v86 P_V86_INT, v86_int, 0x3000
    v86 P_V86_INT_IOPL0, v86_int, 0
    v86 P_V86_HLT, v86_hlt, 0x3000
    v86 P_V86_IN, v86_in, 0
    v86 P_V86_CPUID, v86_cpuid, 0x3000
    v86 P_V86_INSB, v86_insb, 0x3000
    ret

/* ---- paging of 32-bit mode ---- */
pm_paging:
    movl $pae_table, %eax
    movl %eax, %cr3             /* CR4.PAE is still set */
    movl %cr0, %eax
    orl $0x80000000, %eax
    movl %eax, %cr0
    movl 0x40100000, %eax       /* the table maps the second GiB to the first */
    cmpl 0x100000, %eax
    sete pm_values + 4 * W_PAE
    movl $1, 0xfec00000
    movl 0xfec00010, %eax
    movl %eax, pm_values + 4 * W_PAE_MMIO
    movl $pae_bad, %ebx
    try32 P_PAE_BAD, movl %ebx, %cr3
    movl %cr0, %eax
    andl $0x7fffffff, %eax
    movl %eax, %cr0
    movl %cr4, %eax
    andl $~(1 << 5), %eax
    orl $1 << 4, %eax           /* PSE, not PAE */
    movl %eax, %cr4
    movl $pse_table, %eax
    movl %eax, %cr3
    movl %cr0, %eax
    orl $0x80000000, %eax
    movl %eax, %cr0
    movl 0x40100000, %eax
    cmpl 0x100000, %eax
    sete pm_values + 4 * W_PSE
    movl 0xfec00010, %eax
    movl %eax, pm_values + 4 * W_PSE_MMIO
    movl %cr0, %eax
    andl $0x7fffffff, %eax
    movl %eax, %cr0
    ret

    .section .data.protected, "aw"
    .balign 8
    .globl pm_slots, pm_values, pm_idt, tss_a, tss_b, task_b_stack_top
pm_slots:
    .skip 16 * P_COUNT
pm_values:
    .skip 4 * W_COUNT
    .balign 8
pm_idt:
    .skip 8 * PM_VECTORS
pm_idt_pointer:
    .word 8 * PM_VECTORS - 1
    .long pm_idt
    .balign 128
tss_a:
    .skip 256
    .balign 128
tss_b:
    .skip 104
saved_gate:
    .skip 8
pm_resume:
    .long 0
pm_resume_esp:
    .long 0
pm_start:
    .long 0
pm_vector:
    .long 0
pm_error:
    .long 0
pm_eip:
    .long 0
pm_eflags:
    .long 0

    .section .bss.protected, "aw", @nobits
    .balign 16
    .skip 4096
task_b_stack_top:

    .section .note.GNU-stack, "", @progbits
