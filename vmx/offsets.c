/* SPDX-License-Identifier: MIT */
/* Offsets for entry.S; compiled to text only, see docs/building.md. */
#include "vcpu.h"

#define OFFSET(name, type, member) __asm__ volatile("\n->" #name " %0" :: "i"(offsetof(type, member)))

void offsets(void);
void offsets(void)
{
    OFFSET(VCPU_PAGE, struct vmx_vcpu, page);
    OFFSET(VCPU_HOST_RSP, struct vmx_vcpu, host_rsp);
    OFFSET(VCPU_LAUNCHED, struct vmx_vcpu, launched);
    OFFSET(PAGE_RAX, struct vcpu_page, gpr[GPR_RAX]);
    OFFSET(PAGE_RCX, struct vcpu_page, gpr[GPR_RCX]);
    OFFSET(PAGE_RDX, struct vcpu_page, gpr[GPR_RDX]);
    OFFSET(PAGE_RBX, struct vcpu_page, gpr[GPR_RBX]);
    OFFSET(PAGE_RBP, struct vcpu_page, gpr[GPR_RBP]);
    OFFSET(PAGE_RSI, struct vcpu_page, gpr[GPR_RSI]);
    OFFSET(PAGE_RDI, struct vcpu_page, gpr[GPR_RDI]);
    OFFSET(PAGE_R8, struct vcpu_page, gpr[GPR_R8]);
    OFFSET(PAGE_R9, struct vcpu_page, gpr[GPR_R9]);
    OFFSET(PAGE_R10, struct vcpu_page, gpr[GPR_R10]);
    OFFSET(PAGE_R11, struct vcpu_page, gpr[GPR_R11]);
    OFFSET(PAGE_R12, struct vcpu_page, gpr[GPR_R12]);
    OFFSET(PAGE_R13, struct vcpu_page, gpr[GPR_R13]);
    OFFSET(PAGE_R14, struct vcpu_page, gpr[GPR_R14]);
    OFFSET(PAGE_R15, struct vcpu_page, gpr[GPR_R15]);
}
