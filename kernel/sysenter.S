// SPDX-License-Identifier: MIT
// System calls by SYSENTER (SDM vol. 2): the one entry whose MSRs come back by themselves at each
// VM exit, so that a guest's SYSCALL MSRs can stay in the CPU while its VMM runs.
// RAX = number, arguments RDI RSI R8 R9 R10, RDX = return address, RCX = return stack pointer.
#include "offsets.h"

    .text
    .balign 64
    .global sysenter_entry, entry_sysreturn, entry_sysexit, entry_sysdone
sysenter_entry:                 // RSP = struct cpu, interrupts off
    mov CPU_CURRENT(%rsp), %r11
    pushq $2                    // AC, DF, NT, TF off
    popfq
    mov %rcx, R_rsp(%r11)
    mov %rdx, R_rip(%r11)
    .irp r, rbx, rbp, r12, r13, r14, r15
    mov %\r, R_\r(%r11)
    .endr
    movb $0, T_FULL(%r11)
    cmp $SYSCALL_COUNT, %rax
    jae bad_number
    mov %r8, %rdx
    mov %r9, %rcx
    mov %r10, %r8
    call *syscall_table(,%rax,8)
entry_sysdone:
syscall_done:
    mov CPU_CURRENT(%rsp), %r11
    cmpb $0, CPU_RESCHED(%rsp)
    jne reschedule
    mov R_rsp(%r11), %rcx
    mov R_rip(%r11), %rdx
to_user:                        // nothing of the kernel's leaks in the registers that it used
    .irp r, edi, esi, r8d, r9d, r10d, r11d
    xor %\r, %\r
    .endr
    sti                         // an interrupt right after it would be one of ring 0: nothing may stand between
entry_sysexit:                  // faults when the program gave addresses that are not canonical
    sysexitq

bad_number:
    mov $STATUS_ERR_CALL, %rax
    jmp syscall_done

reschedule:                     // a restarted call has full registers already: keep its RAX
    cmpb $0, T_FULL(%r11)
    jne 1f
    mov %rax, R_rax(%r11)
1:  call sched_resume

// The way back for a thread that waited or was switched: RDI = the thread.
entry_sysreturn:
    .irp r, rax, rbx, rbp, r12, r13, r14, r15
    mov R_\r(%rdi), %\r
    .endr
    mov R_rsp(%rdi), %rcx
    mov R_rip(%rdi), %rdx
    jmp to_user
    .section .note.GNU-stack, "", @progbits
