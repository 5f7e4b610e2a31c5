/* SPDX-License-Identifier: MIT */
/* The kernel as vmx/ sees it (include/sys), for host tests, and a VM with one vCPU to play with. */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include <setjmp.h>
#include <sys/alloc.h>
#include <vmx/vcpu.h>

struct account {
    unsigned pages, quota;
};

enum fake_leave { LEAVE_VMM, LEAVE_INTERRUPT, LEAVE_NMI, LEAVE_HALT };

struct fake_kernel {
    jmp_buf leave;     /* where sys_vcpu_exit and its like go when leave_set */
    bool leave_set;
    int why;           /* enum fake_leave, -1 = returned to the guest */
    uint32_t arg;
    uint32_t timed;    /* last sys_exit_timed */
    uint64_t timed_rip;
    uint64_t timer;    /* last sys_vcpu_timer */
    unsigned log_lines;
    char log[65536];
    uint64_t rsp;      /* sys_host_cpu */
    unsigned panics;
    unsigned rung;     /* calls of sys_vcpu_doorbell */
    unsigned notified; /* calls of sys_vcpu_notify */
    bool posted;       /* as of the last */
};
extern struct fake_kernel fake_kernel;

/* Capability MSRs of a CPU that has all (apicv) or no APIC virtualisation beyond the TPR shadow. */
void fake_vmx_cpu(bool apicv);
/* A reset CPU, probed, and one vCPU on it, loaded. Free with fake_vm_free. */
struct vmx_vcpu *fake_vm(bool apicv);
void fake_vm_free(struct vmx_vcpu *v);
struct cpuid_page *fake_vm_cpuid(void); /* before fake_vm: what the VM's CPUID will show */

/* Runs code that may leave the guest; fake_kernel.why tells how it went. */
#define FAKE_RUN(code)                                                                             \
    do {                                                                                           \
        fake_kernel.why = -1;                                                                      \
        fake_kernel.leave_set = true;                                                              \
        if (!setjmp(fake_kernel.leave)) {                                                          \
            code;                                                                                  \
        }                                                                                          \
        fake_kernel.leave_set = false;                                                             \
    } while (0)

/* One VM exit with this reason, an instruction of two bytes. */
void fake_exit(struct vmx_vcpu *v, uint32_t reason);

#endif
