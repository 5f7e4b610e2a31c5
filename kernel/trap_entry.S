// SPDX-License-Identifier: MIT
// Exceptions and interrupts: 256 stubs, the way in from ring 3 and from ring 0, the way out.
// From ring 3 registers go straight into the thread; the stack of the CPU is then empty again.
#include "offsets.h"

    .text
    .balign 16
    .global trap_stubs
trap_stubs:
    .set vector, 0
    .rept 256
    .balign 16
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21)
    pushq $0                    // no error code from the CPU: keep the frame alike
    .endif
    pushq $vector
    .if vector == 2 || vector == 8 || vector == 18
    jmp trap_from_kernel        // these have stacks of their own
    .else
    jmp trap_common
    .endif
    .set vector, vector + 1
    .endr

// Stack: vector, error, RIP, CS, RFLAGS, RSP, SS, then (from ring 3) struct cpu.
trap_common:
    testb $3, 24(%rsp)
    jz trap_from_kernel
    pushq %rdi
    mov 64 + CPU_CURRENT(%rsp), %rdi
    mov %rax, R_RAX(%rdi)
    mov %rbx, R_RBX(%rdi)
    mov %rcx, R_RCX(%rdi)
    mov %rdx, R_RDX(%rdi)
    mov %rsi, R_RSI(%rdi)
    mov %rbp, R_RBP(%rdi)
    mov %r8, R_R8(%rdi)
    mov %r9, R_R9(%rdi)
    mov %r10, R_R10(%rdi)
    mov %r11, R_R11(%rdi)
    mov %r12, R_R12(%rdi)
    mov %r13, R_R13(%rdi)
    mov %r14, R_R14(%rdi)
    mov %r15, R_R15(%rdi)
    popq R_RDI(%rdi)
    popq %rsi                   // vector
    popq %rdx                   // error
    popq R_RIP(%rdi)
    popq %rax                   // CS is always the same
    popq R_RFLAGS(%rdi)
    popq R_RSP(%rdi)
    popq %rax
    movb $1, T_FULL(%rdi)
    pushq $2                    // AC, DF, NT off: the kernel relies on it
    popfq
    call trap_user

trap_from_kernel:
    pushq %rax
    pushq %rbx
    pushq %rcx
    pushq %rdx
    pushq %rsi
    pushq %rdi
    pushq %rbp
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq $2
    popfq
    mov %rsp, %rdi
    mov %rsp, %rbp
    and $-16, %rsp
    call trap_kernel
    mov %rbp, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rbp
    popq %rdi
    popq %rsi
    popq %rdx
    popq %rcx
    popq %rbx
    popq %rax
    add $16, %rsp
    iretq

// noreturn entry_to_user(struct regs *): RDI = the thread, whose registers come first.
    .global entry_to_user, entry_iret
entry_to_user:
    cmpb $0, T_FULL(%rdi)
    je entry_sysreturn
    pushq $USER_SS
    pushq R_RSP(%rdi)
    pushq R_RFLAGS(%rdi)
    pushq $USER_CS
    pushq R_RIP(%rdi)
    mov R_RAX(%rdi), %rax
    mov R_RBX(%rdi), %rbx
    mov R_RCX(%rdi), %rcx
    mov R_RDX(%rdi), %rdx
    mov R_RSI(%rdi), %rsi
    mov R_RBP(%rdi), %rbp
    mov R_R8(%rdi), %r8
    mov R_R9(%rdi), %r9
    mov R_R10(%rdi), %r10
    mov R_R11(%rdi), %r11
    mov R_R12(%rdi), %r12
    mov R_R13(%rdi), %r13
    mov R_R14(%rdi), %r14
    mov R_R15(%rdi), %r15
    mov R_RDI(%rdi), %rdi
entry_iret:                     // faults when the program gave a RIP that is not canonical
    iretq

// noreturn entry_idle(void): waits for an interrupt on the empty stack; trap_kernel sees where it
// came from and goes to the scheduler.
    .global entry_idle, entry_idle_end
entry_idle:
    or $0x7fff, %rsp
    sub $2047, %rsp             // struct cpu is 2 KiB at the top of the 32 KiB slot
    sti
1:  hlt
    jmp 1b
entry_idle_end:

// enum status user_copy(to, from, bytes, smap)
    .global user_copy, user_copy_insn, user_copy_fault
user_copy:
    test %cl, %cl
    mov %rdx, %rcx
    jz 1f
    stac
    rep movsb
user_copy_insn = . - 2
    clac
    xor %eax, %eax
    ret
1:  rep movsb
user_copy_insn_nosmap = . - 2
    xor %eax, %eax
    ret
    .global user_copy_insn_nosmap
user_copy_fault:                // AC goes with the flags that trap_from_kernel pushed: clear it there
    mov $STATUS_ERR_FAULT, %eax
    ret
    .section .note.GNU-stack, "", @progbits
