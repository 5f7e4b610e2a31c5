/* SPDX-License-Identifier: MIT */
/* Offsets for entry.S; compiled to text only, see docs/building.md. */
#include "vcpu.h"

#define OFFSET(name, type, member) __asm__ volatile("\n->" #name " %0" :: "i"(offsetof(type, member)))
#define GPR(name, number) OFFSET(PAGE_##name, struct vcpu_page, gpr[GPR_##number])

void offsets(void);
void offsets(void)
{
    OFFSET(VCPU_PAGE, struct vmx_vcpu, page);
    OFFSET(VCPU_HOST_RSP, struct vmx_vcpu, host_rsp);
    OFFSET(VCPU_LAUNCHED, struct vmx_vcpu, launched);
    GPR(rax, RAX); GPR(rcx, RCX); GPR(rdx, RDX); GPR(rbx, RBX); GPR(rbp, RBP); GPR(rsi, RSI); GPR(rdi, RDI);
    GPR(r8, R8); GPR(r9, R9); GPR(r10, R10); GPR(r11, R11); GPR(r12, R12); GPR(r13, R13); GPR(r14, R14); GPR(r15, R15);
}
