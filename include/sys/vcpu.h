/* SPDX-License-Identifier: MIT */
/* Seam: what a vCPU needs from the kernel around it: the CPU it runs on, time, and the way out. */
#ifndef SYS_VCPU_H
#define SYS_VCPU_H

#include <sys/base.h>

struct vmx_vcpu;

/* Host state that the VMCS loads at each exit; constant for a CPU but for cr3 (address space). */
struct host_cpu {
    uint64_t cr0, cr3, cr4;
    uint64_t rsp; /* top of the CPU's stack, 16-byte aligned, all of it free at an exit */
    uint64_t gdt, idt, tss;
    uint64_t sysenter_esp, sysenter_eip;
    uint16_t cs, ss, tr, sysenter_cs;
};
void sys_host_cpu(struct host_cpu *host);

/* Why vmx/ hands the CPU back. arg: vector for LEAVE_INTERRUPT. */
enum vmx_leave {
    LEAVE_VMM,       /* an exit for the VMM; vcpu_page.exit is filled in */
    LEAVE_INTERRUPT, /* a host interrupt, acknowledged: vector in arg */
    LEAVE_NMI,       /* a host NMI arrived while in the guest */
    LEAVE_HALT,      /* the guest waits (HLT, wait-for-SIPI) and nothing is pending for it */
};
/* Runs on the empty stack of the CPU; the vCPU stays loaded. */
noreturn void sys_vcpu_leave(struct vmx_vcpu *vcpu, enum vmx_leave why, uint32_t arg);

/* Call vmx_timer_expired(vcpu) at or after this host TSC value; ~0 = never. Replaces the last. */
void sys_vcpu_timer(struct vmx_vcpu *vcpu, uint64_t tsc);

#endif
