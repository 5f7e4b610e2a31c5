/* SPDX-License-Identifier: MIT */
/* 16-bit code, copied to LOW_BASE: the real-mode tests and the snippets that run in VM86. */
#include "t_real.h"

#define AT(label) (label - low_start)

    .section .data.low, "aw"
    .balign 16
    .globl low_start
low_start:
    .code16
real_protected16:
    movl %cr0, %eax
    andl $~1, %eax
    movl %eax, %cr0
    ljmp $LOW_SEG, $AT(real_main)

real_main:
    movw $LOW_SEG, %ax
    movw %ax, %ds
    xorw %ax, %ax
    movw %ax, %ss
    movw %ax, %fs
    movw %ax, %gs               /* base 0, the limit of protected mode stays */
    movw $0x6000, %sp
    lidtl AT(ivt_pointer)
    call real_faults
    call real_ports
    call real_memory
    call real_interrupts
    movw %sp, %ax
    movw %ax, AT(low_values) + 4 * V_SP

    cli
    movl %cr0, %eax
    orl $1, %eax
    movl %eax, %cr0
    ljmpl $SEL_CODE32, $enter64

/* ---- exceptions: vector and place of the saved IP ---- */
    .macro try16 slot, insn:vararg
    movw $AT(9f), AT(real_resume)
    movw $0xff, AT(real_vector)
    movw $AT(8f), AT(real_ip)
8:  \insn
9:  movw AT(real_vector), %ax
    movw %ax, AT(low_slots) + 4 * \slot
    movw AT(real_ip), %ax
    subw $AT(8b), %ax
    movw %ax, AT(low_slots) + 4 * \slot + 2
    .endm

real_faults:
    movw $1, %ax
    xorw %bx, %bx
    try16 R_DIV, divb %bl
    try16 R_INT3, int3
    movb $0x7f, %al
    addb $1, %al                /* sets OF */
    try16 R_INTO, into
    movw $9, %ax
    try16 R_BOUND, bound %ax, AT(bounds)
    try16 R_UD2, ud2
    movw $0xffff, %bx
    try16 R_LIMIT, movw (%bx), %ax
    movl $0xdeadbeef, %ecx
    try16 R_RDMSR, rdmsr
    try16 R_VMXOFF, vmxoff
    xorl %eax, %eax
    try16 R_CPUID, cpuid
    try16 R_SGDT, sgdtl AT(scratch)
    ret

real_common:                    /* stack: vector, IP, CS, FLAGS */
    pushw %bp
    movw %sp, %bp
    pushw %ax
    movw 2(%bp), %ax
    movw %ax, %cs:AT(real_vector)
    movw 4(%bp), %ax
    movw %ax, %cs:AT(real_ip)
    movw %cs:AT(real_resume), %ax
    movw %ax, 4(%bp)
    popw %ax
    popw %bp
    addw $2, %sp
    iretw

    .globl real_stub_start
real_stub_start:
    .set vector, 0
    .rept 16
    pushw $vector
    .byte 0xe9                  /* JMP rel16: all stubs have one length */
    .word AT(real_common) - (AT(real_stub_start) + 5 * vector + 5)
    .set vector, vector + 1
    .endr

/* ---- ports: single, string, with 16-bit addresses ---- */
real_ports:
    movb $0xd, %al
    outb %al, $0x70
    xorl %eax, %eax
    inb $0x71, %al
    movl %eax, AT(low_values) + 4 * V_IN
    pushw %es
    movw $(LOW_DATA >> 4), %ax
    movw %ax, %es
    movw $0x3ff, %dx
    movb $0x6d, %al
    outb %al, %dx
    movl $0xffff0004, %ecx      /* only CX counts */
    movl $0x12340010, %edi
    cld
    rep insb
    movl %edi, AT(low_values) + 4 * V_INSB
    movw $AT(text), %si
    movw $3, %cx
    rep outsb
    xorl %eax, %eax
    inb %dx, %al
    movl %eax, AT(low_values) + 4 * V_OUTSB
    popw %es
    ret

/* ---- memory: IOAPIC by GS of 4 GiB, wrap of addresses, far calls, string moves ---- */
real_memory:
    movl $0xfec00000, %esi
    movl $1, %gs:(%esi)
    movl %gs:0x10(%esi), %eax
    movl %eax, AT(low_values) + 4 * V_MMIO
    movl $0x3c, %gs:(%esi)
    movl $0x10000, %gs:0x10(%esi)
    orl $0x41, %gs:0x10(%esi)
    movl %gs:0x10(%esi), %eax
    movl %eax, AT(low_values) + 4 * V_MMIO_OR
    pushw %ds
    movw $0xffff, %ax
    movw %ax, %ds
    movl 0x20, %eax             /* 0xffff:0x20 = 0x100010 */
    movl %eax, %cs:AT(low_values) + 4 * V_WRAP
    popw %ds
    smsww %ax
    movw %ax, AT(low_values) + 4 * V_MSW
    lcall $LOW_SEG, $AT(real_far)
    pushw %es
    pushw %ds
    popw %es
    movw $AT(text), %si
    movw $AT(scratch), %di
    movw $4, %cx
    rep movsb
    popw %es
    movl AT(scratch), %eax
    movl %eax, AT(low_values) + 4 * V_STRING
    ret

real_far:
    movl $0x600d, AT(low_values) + 4 * V_FAR
    lretw

/* ---- interrupts: software, external with HLT, single-step ---- */
real_interrupts:
    int $0x80
    int $0x80
    sti
    hlt
    hlt
    hlt
    cli
    pushfw
    popw %ax
    orw $0x100, %ax
    pushw %ax
    popfw
    nop                         /* TF counts from the instruction after POPF */
    xorl %eax, %eax
    cpuid
    inb $0x71, %al
    pushfw
    popw %ax
    andw $~0x100, %ax
    pushw %ax
    popfw
    ret

    .globl real_soft, real_tick, real_step
real_soft:
    incl %cs:AT(low_values) + 4 * V_SOFT
    iretw
real_tick:
    pushw %ax
    incl %cs:AT(low_values) + 4 * V_TICKS
    movb $0x20, %al
    outb %al, $0x20
    popw %ax
    iretw
real_step:
    incl %cs:AT(low_values) + 4 * V_STEPS
    iretw

/* ---- VM86 snippets ---- */
v86_int:
    int $VEC_SOFT_3
v86_hlt:
    hlt
v86_in:
    inb $0x71, %al              /* the I/O map allows it */
    inb $0x70, %al              /* not this */
v86_cpuid:
    xorl %eax, %eax
    cpuid
    int $VEC_SOFT_3
v86_insb:
    movw $(LOW_DATA >> 4), %ax
    movw %ax, %es
    movw $0x3ff, %dx
    movw $5, %cx
    movw $0x40, %di
    rep insb
    int $VEC_SOFT_3

    .balign 4
    .globl low_slots, low_values
low_slots:
    .skip 4 * R_COUNT
low_values:
    .skip 4 * V_COUNT
ivt_pointer:
    .word 0x3ff
    .long 0
bounds:
    .word 3, 7
text:
    .ascii "xyzt"
scratch:
    .skip 8
real_resume:
    .word 0
real_vector:
    .word 0
real_ip:
    .word 0
    .globl low_end
low_end:

/* offsets for the other files, which cannot subtract across objects */
    .macro export name
    .globl \name\()_at
    .set \name\()_at, \name - low_start
    .endm
    export real_protected16
    export v86_int
    export v86_hlt
    export v86_in
    export v86_cpuid
    export v86_insb

    .section .note.GNU-stack, "", @progbits
