// SPDX-License-Identifier: MIT
// Numbers that assembly needs, taken from the C declarations: build/.../offsets.h.
#include <stddef.h>
#include "object.h"

#define OFFSET(name, type, member) asm volatile("\n->" #name " %0" ::"i"(offsetof(type, member)))
#define VALUE(name, value) asm volatile("\n->" #name " %0" ::"i"(value))

void offsets(void);
void offsets(void)
{
    OFFSET(CPU_CURRENT, struct cpu, current);
    OFFSET(CPU_RESCHED, struct cpu, resched);
    OFFSET(T_CPU, struct thread, cpu);
    OFFSET(T_FULL, struct thread, full);
    OFFSET(R_RAX, struct regs, rax);
    OFFSET(R_RBX, struct regs, rbx);
    OFFSET(R_RCX, struct regs, rcx);
    OFFSET(R_RDX, struct regs, rdx);
    OFFSET(R_RSI, struct regs, rsi);
    OFFSET(R_RDI, struct regs, rdi);
    OFFSET(R_RBP, struct regs, rbp);
    OFFSET(R_R8, struct regs, r8);
    OFFSET(R_R9, struct regs, r9);
    OFFSET(R_R10, struct regs, r10);
    OFFSET(R_R11, struct regs, r11);
    OFFSET(R_R12, struct regs, r12);
    OFFSET(R_R13, struct regs, r13);
    OFFSET(R_R14, struct regs, r14);
    OFFSET(R_R15, struct regs, r15);
    OFFSET(R_RIP, struct regs, rip);
    OFFSET(R_RFLAGS, struct regs, rflags);
    OFFSET(R_RSP, struct regs, rsp);
    VALUE(SYSCALL_COUNT, SYS_COUNT);
    VALUE(STATUS_ERR_CALL, ERR_CALL);
    VALUE(STATUS_ERR_FAULT, ERR_FAULT);
    VALUE(USER_CS, SEL_USER_CS);
    VALUE(USER_SS, SEL_USER_SS);
    VALUE(KERNEL_CS, SEL_KERNEL_CS);
    VALUE(KERNEL_SS, SEL_KERNEL_SS);
}
