// SPDX-License-Identifier: MIT
// Numbers that assembly needs, taken from the C declarations: build/.../offsets.h.
#include <stddef.h>
#include "object.h"

#define OFFSET(name, type, member) asm volatile("\n->" #name " %0" ::"i"(offsetof(type, member)))
#define REG(name) OFFSET(R_##name, struct regs, name)
#define VALUE(name, value) asm volatile("\n->" #name " %0" ::"i"(value))

void offsets(void);
void offsets(void)
{
    OFFSET(CPU_CURRENT, struct cpu, current);
    OFFSET(CPU_RESCHED, struct cpu, resched);
    OFFSET(T_FULL, struct thread, full);
    REG(rax); REG(rbx); REG(rcx); REG(rdx); REG(rsi); REG(rdi); REG(rbp); REG(r8); REG(r9);
    REG(r10); REG(r11); REG(r12); REG(r13); REG(r14); REG(r15); REG(rip); REG(rflags); REG(rsp);
    VALUE(SYSCALL_COUNT, SYS_COUNT);
    VALUE(STATUS_ERR_CALL, ERR_CALL);
    VALUE(STATUS_ERR_FAULT, ERR_FAULT);
    VALUE(USER_CS, SEL_USER_CS);
    VALUE(USER_SS, SEL_USER_SS);
}
