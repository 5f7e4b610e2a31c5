/* SPDX-License-Identifier: MIT */
/*
 * Into the guest and out of it. The stack is empty at both: HOST_RSP lies 16 bytes below the top
 * of the CPU's stack and points at {shared page, vCPU}. General registers live in the shared page
 * while the guest is out, in the CPU while it is in; RSP, RIP and RFLAGS are VMCS fields.
 */
#include "offsets.h"

    .section .text.vmx_entry, "ax", @progbits

/* RAX = shared page */
.macro load_guest_registers
    .irp r, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15, rax
    mov PAGE_\r(%rax), %\r
    .endr
.endm

/* noreturn void vmx_vcpu_enter(struct vmx_vcpu *v) */
    .globl vmx_vcpu_enter
    .type vmx_vcpu_enter, @function
vmx_vcpu_enter:
    mov VCPU_HOST_RSP(%rdi), %rsp
    mov VCPU_PAGE(%rdi), %rax
    mov %rax, (%rsp)
    mov %rdi, 8(%rsp)
    call vmx_prepare
    mov 8(%rsp), %rdi
    mov (%rsp), %rax
    cmpb $0, VCPU_LAUNCHED(%rdi)
    jne 1f
    movb $1, VCPU_LAUNCHED(%rdi)
    load_guest_registers
    vmlaunch
    jmp refused
1:  load_guest_registers
    vmresume
    jmp refused
    .size vmx_vcpu_enter, . - vmx_vcpu_enter

/* HOST_RIP */
    .balign 64
    .globl vmx_exit_entry
    .type vmx_exit_entry, @function
vmx_exit_entry:
    push %rax
    mov 8(%rsp), %rax
    .irp r, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
    mov %\r, PAGE_\r(%rax)
    .endr
    pop PAGE_rax(%rax)
    mov 8(%rsp), %rdi
    call vmx_exit
    mov (%rsp), %rax
    load_guest_registers
    vmresume

/* VMfail: the entry did not take place, the registers are the guest's, the stack is still ours. */
refused:
    mov 8(%rsp), %rdi
    xor %ebp, %ebp
    call vmx_entry_refused
    ud2
    .size vmx_exit_entry, . - vmx_exit_entry

    .section .note.GNU-stack, "", @progbits
