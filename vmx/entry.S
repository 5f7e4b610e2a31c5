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
    mov PAGE_RCX(%rax), %rcx
    mov PAGE_RDX(%rax), %rdx
    mov PAGE_RBX(%rax), %rbx
    mov PAGE_RBP(%rax), %rbp
    mov PAGE_RSI(%rax), %rsi
    mov PAGE_RDI(%rax), %rdi
    mov PAGE_R8(%rax), %r8
    mov PAGE_R9(%rax), %r9
    mov PAGE_R10(%rax), %r10
    mov PAGE_R11(%rax), %r11
    mov PAGE_R12(%rax), %r12
    mov PAGE_R13(%rax), %r13
    mov PAGE_R14(%rax), %r14
    mov PAGE_R15(%rax), %r15
    mov PAGE_RAX(%rax), %rax
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
    mov %rcx, PAGE_RCX(%rax)
    mov %rdx, PAGE_RDX(%rax)
    mov %rbx, PAGE_RBX(%rax)
    mov %rbp, PAGE_RBP(%rax)
    mov %rsi, PAGE_RSI(%rax)
    mov %rdi, PAGE_RDI(%rax)
    mov %r8, PAGE_R8(%rax)
    mov %r9, PAGE_R9(%rax)
    mov %r10, PAGE_R10(%rax)
    mov %r11, PAGE_R11(%rax)
    mov %r12, PAGE_R12(%rax)
    mov %r13, PAGE_R13(%rax)
    mov %r14, PAGE_R14(%rax)
    mov %r15, PAGE_R15(%rax)
    pop PAGE_RAX(%rax)
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
