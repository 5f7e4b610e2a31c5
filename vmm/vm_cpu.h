/* SPDX-License-Identifier: MIT */
/* The vCPUs of a VM and what INIT and start-up IPIs do to them (SDM vol. 3, 8.4, 9.1.4, 10.4.7.3). */
#ifndef VMM_VM_CPU_H
#define VMM_VM_CPU_H

#include <stdbool.h>
#include <stdint.h>
#include <abi/vcpu_page.h>
#include "msr.h"

struct vm;

#define NO_START (-1)

struct vm_cpu {
    struct vcpu_page *page;
    struct msr_file msrs;
    bool xapic;  /* its local APIC is in xAPIC mode */
    bool parked; /* its thread waits for the VM to run */
    bool cold;   /* the VM was reset: it is INIT, and joins the TSC of the others */
    bool init;   /* an INIT came: its thread takes it before it enters the guest again */
    bool waits;  /* for a start-up IPI */
    int start;   /* where to, in pages; NO_START = none came */
};

/* vCPU 0 as after power-on, all others wait for a start-up IPI; nothing is requested of any. */
void vm_cpus_reset(struct vm *vm);

/* The current vCPU writes IA32_APIC_BASE; false: #GP(0). */
bool vm_cpu_apic_base(struct vm *vm, uint64_t base);

/* INIT or start-up for the vCPUs of the bits in targets; other commands are ignored. INIT of vCPU 0 resets the VM. */
void vm_cpu_ipi(struct vm *vm, uint32_t command, uint64_t targets);

/* These vCPUs are taken out of the machine: they stop, and wait like those that never started. Not vCPU 0. */
void vm_cpus_stop(struct vm *vm, uint32_t cpus);

/* Such IPIs changed the vCPU, or it waits for one: call vm_cpu_runs. */
static inline bool vm_cpu_held(const struct vm_cpu *cpu)
{
    return __builtin_expect(cpu->init | cpu->waits, 0);
}

/* What such IPIs did to the current vCPU happens now; false: it waits. */
bool vm_cpu_runs(struct vm *vm);

#endif
