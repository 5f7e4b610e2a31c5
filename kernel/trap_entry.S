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
    jz trap_from_ring0
    pushq %rdi
    mov 64 + CPU_CURRENT(%rsp), %rdi
    .irp r, rax, rbx, rcx, rdx, rsi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    mov %\r, R_\r(%rdi)
    .endr
    popq R_rdi(%rdi)
    popq %rsi                   // vector
    popq %rdx                   // error
    popq R_rip(%rdi)
    popq %rax                   // CS is always the same
    popq R_rflags(%rdi)
    popq R_rsp(%rdi)
    popq %rax
    movb $1, T_FULL(%rdi)
    pushq $2                    // AC, DF, NT off: the kernel relies on it
    popfq
    call trap_user

trap_from_ring0:
    cmpq $idle_halt, 16(%rsp)   // ring 0 takes interrupts nowhere else, and there it has nothing to keep
    jb trap_from_kernel
    cmpq $idle_halted, 16(%rsp)
    ja trap_from_kernel
    popq %rdi                   // vector
    or $0x7fff, %rsp
    sub $2047, %rsp             // struct cpu is 2 KiB at the top of the 32 KiB slot
    call trap_idle

trap_from_kernel:
    .irp r, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    pushq %\r
    .endr
    pushq $2
    popfq
    mov %rsp, %rdi
    mov %rsp, %rbp
    and $-16, %rsp
    call trap_kernel
    mov %rbp, %rsp
    .irp r, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
    popq %\r
    .endr
    add $16, %rsp
    iretq

// noreturn entry_to_user(struct regs *): RDI = the thread, whose registers come first.
    .global entry_to_user, entry_iret
entry_to_user:
    cmpb $0, T_FULL(%rdi)
    je entry_sysreturn
    pushq $USER_SS
    pushq R_rsp(%rdi)
    pushq R_rflags(%rdi)
    pushq $USER_CS
    pushq R_rip(%rdi)
    .irp r, rax, rbx, rcx, rdx, rsi, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rdi
    mov R_\r(%rdi), %\r
    .endr
entry_iret:                     // faults when the program gave a RIP that is not canonical
    iretq

// noreturn entry_idle(void): clears memory while there is some to clear, and waits for an interrupt; trap_idle goes on.
    .global entry_idle
entry_idle:
    call memory_idle
    sti
    test %al, %al
idle_halt:
    jnz idle_halted
    hlt
idle_halted:                           // an NMI came, or there is more to clear
    cli
    jmp entry_idle

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
