/* SPDX-License-Identifier: MIT */
/* Seam: what a vCPU needs from the kernel around it: the CPU it runs on, time, and the way out. */
#ifndef SYS_VCPU_H
#define SYS_VCPU_H

#include <sys/base.h>

/* Host state that the VMCS loads at each exit; constant for a CPU but for cr3 (address space). */
struct host_cpu {
    uint64_t cr0, cr3, cr4;
    uint64_t rsp; /* top of the CPU's stack, 16-byte aligned, all of it free at an exit */
    uint64_t gdt, idt, tss;
    uint64_t sysenter_esp, sysenter_eip;
    uint16_t cs, ss, tr, sysenter_cs;
};
void sys_host_cpu(struct host_cpu *host);

/*
 * The ways out of the guest. They run on the empty stack of the CPU; the vCPU stays loaded; owner is what
 * vmx_vcpu_pages named.
 */
noreturn void sys_vcpu_exit(void *owner, uint32_t kind);       /* to the VMM: vcpu_page.exit is filled in */
noreturn void sys_vcpu_interrupt(void *owner, uint32_t vector); /* a host interrupt, acknowledged */
noreturn void sys_vcpu_nmi(void *owner);                       /* a host NMI */
noreturn void sys_vcpu_halt(void *owner); /* the guest waits (HLT, wait-for-SIPI) and nothing is pending for it */

/*
 * Something lies in a vCPU's mailbox; called on any CPU. If the vCPU runs elsewhere it comes out of its
 * guest (posted: the CPU takes it without, at interrupt SYS_POSTED_VECTOR), if it is halted it wakes.
 */
void sys_vcpu_notify(void *owner, bool posted);
#define SYS_POSTED_VECTOR 0xf1u
/* The guest rings: the event that its VMM chose. It goes on at once. */
void sys_vcpu_doorbell(void *owner);
/* With vmx_time_exits: the guest goes on after an exit at tsc; number as in TRACE_EXIT. */
void sys_exit_timed(void *owner, uint32_t number, uint64_t tsc, uint64_t rip);

/* Call vmx_timer_expired at or after this host TSC value; ~0 = never. Replaces the last. */
void sys_vcpu_timer(void *owner, uint64_t tsc);

#endif
