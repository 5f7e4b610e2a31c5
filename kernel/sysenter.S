// SPDX-License-Identifier: MIT
// System calls by SYSENTER (SDM vol. 2): the one entry whose MSRs come back by themselves at each
// VM exit, so that a guest's SYSCALL MSRs can stay in the CPU while its VMM runs.
// RAX = number, arguments RDI RSI R8 R9 R10, RDX = return address, RCX = return stack pointer.
#include "offsets.h"

    .text
    .balign 64
    .global sysenter_entry, entry_sysreturn, entry_sysexit
sysenter_entry:                 // RSP = struct cpu, interrupts off
    mov CPU_CURRENT(%rsp), %r11
    pushq $2                    // AC, DF, NT, TF off
    popfq
    mov %rcx, R_RSP(%r11)
    mov %rdx, R_RIP(%r11)
    mov %rbx, R_RBX(%r11)
    mov %rbp, R_RBP(%r11)
    mov %r12, R_R12(%r11)
    mov %r13, R_R13(%r11)
    mov %r14, R_R14(%r11)
    mov %r15, R_R15(%r11)
    movb $0, T_FULL(%r11)
    cmp $SYSCALL_COUNT, %rax
    jae bad_number
    mov %r8, %rdx
    mov %r9, %rcx
    mov %r10, %r8
    call *syscall_table(,%rax,8)
syscall_done:
    mov CPU_CURRENT(%rsp), %r11
    cmpb $0, CPU_RESCHED(%rsp)
    jne reschedule
    mov R_RSP(%r11), %rcx
    mov R_RIP(%r11), %rdx
    xor %edi, %edi              // nothing of the kernel's leaks in the registers that it used
    xor %esi, %esi
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    xor %r11d, %r11d
to_user:                        // an interrupt right after STI would be one of ring 0: nothing may stand between
    sti
entry_sysexit:                  // faults when the program gave addresses that are not canonical
    sysexitq

bad_number:
    mov $STATUS_ERR_CALL, %rax
    jmp syscall_done

reschedule:                     // a restarted call has full registers already: keep its RAX
    cmpb $0, T_FULL(%r11)
    jne 1f
    mov %rax, R_RAX(%r11)
1:  call sched_resume

// The way back for a thread that waited or was switched: RDI = the thread.
entry_sysreturn:
    mov R_RAX(%rdi), %rax
    mov R_RBX(%rdi), %rbx
    mov R_RBP(%rdi), %rbp
    mov R_R12(%rdi), %r12
    mov R_R13(%rdi), %r13
    mov R_R14(%rdi), %r14
    mov R_R15(%rdi), %r15
    mov R_RSP(%rdi), %rcx
    mov R_RIP(%rdi), %rdx
    xor %edi, %edi
    xor %esi, %esi
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    xor %r11d, %r11d
    jmp to_user
    .section .note.GNU-stack, "", @progbits
