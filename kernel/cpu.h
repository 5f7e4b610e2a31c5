/* SPDX-License-Identifier: MIT */
/*
 * The per-CPU block and the stacks of a CPU.
 *
 * Ring 0 runs with interrupts off on one stack per CPU and keeps nothing on it between two
 * entries. The block lies at the top of the stack slot, so that any stack pointer of the CPU
 * leads to it: no GS, no SWAPGS, nothing to restore after a VM exit.
 *
 * Slots stand 128 KiB apart: a VM exit sets the limit of the GDT, which lies in struct cpu, to
 * 64 KiB (SDM vol. 3, 27.5.2), and what ring 3 then reaches as descriptors must be nothing at all.
 *
 *   slot (32 KiB):  guard | #DF, #MC stack | guard | NMI stack | guard | main stack 10 KiB | struct cpu 2 KiB
 */
#ifndef KERNEL_CPU_H
#define KERNEL_CPU_H

#include <abi/syscall.h>
#include <hw/x86.h>
#include <sys/base.h>
#include "lock.h"

struct thread;

#define CPU_SLOT_BYTES 0x8000ul
#define CPU_SLOT_STEP  0x20000ul
#define CPU_BYTES      2048ul
#define MAX_CPUS       256u

#define PRIORITIES 32u
#define PRIORITY_RESERVE (PRIORITIES - 2) /* threads that have some of their reserve left; root alone goes before */

struct cpu {
    /* Hot, used by assembly: see offsets.c */
    struct thread *current;   /* the thread whose registers are in use; NULL when idle */
    volatile uint8_t resched; /* look at the queues before leaving the kernel */
    uint8_t cr0_ts;           /* CR0.TS as this CPU has it */
    uint16_t index;
    uint32_t apic_id;

    struct thread *loaded_thread; /* whose VMCS is current here */
    struct part *loaded_part;     /* its partition */
    struct thread *fpu_thread;    /* whose registers the FPU holds */
    struct part *space;           /* whose page tables CR3 points to; NULL: the kernel's own */

    struct lock lock;         /* guards the fields below and the state of the CPU's threads */
    uint32_t ready;           /* bit p: queue p is not empty */
    struct thread *queue[PRIORITIES]; /* rings of ready threads and the running one: who is next, or runs */
    struct thread *timers;    /* threads with a deadline: a heap, the earliest on top */
    uint64_t timer_tsc;       /* what the local APIC timer is programmed to; ~0 = off */
    uint64_t slice_end;       /* when the current thread's budget ends; ~0 = not limited */
    uint64_t switched_tsc;    /* when current began to run (or to idle) */
    bool yield;               /* the current thread gives up its turn */
    bool firing;              /* inside the timer interrupt: the lock is held */
    volatile bool drop;       /* a thread or space that is in use here has ended */

    struct cpu_stats stats;
    uint64_t traced;          /* records ever in its ring */
    uint32_t threads;         /* whose home it is, stopped ones too; guarded by kernel_lock */
    struct part *owner;       /* no thread of another partition may come here; guarded by kernel_lock */

    volatile uint32_t flush;  /* another CPU waits for this one to flush its TLB */
    volatile uint8_t online;
    bool vmx_on;
    bool given_up;            /* did not start in time */

    struct x86_tss tss __attribute__((aligned(16)));
    uint64_t gdt[9];
};
_Static_assert(sizeof(struct cpu) <= CPU_BYTES, "fits above the stack");

extern struct cpu *cpus[MAX_CPUS];
extern unsigned cpu_count;   /* CPUs that run */

static inline struct cpu *this_cpu(void)
{
    uint64_t rsp;

    __asm__("mov %%rsp, %0" : "=r"(rsp));
    return (struct cpu *)((rsp | (CPU_SLOT_BYTES - 1)) + 1 - CPU_BYTES);
}

/* Segment selectors; SYSENTER fixes their order (SDM vol. 2, SYSENTER and SYSEXIT). */
#define SEL_KERNEL_CS 0x08
#define SEL_KERNEL_SS 0x10
#define SEL_USER32_CS 0x1b
#define SEL_USER32_SS 0x23
#define SEL_USER_CS   0x2b
#define SEL_USER_SS   0x33
#define SEL_TSS       0x38 /* two entries */

/* Maps a stack slot and makes the block of CPU `index` in it; boot CPU only. */
struct cpu *cpu_create(unsigned index, unsigned slot, uint32_t apic_id);
/* Descriptor tables, control registers, MSRs of the CPU that calls. */
void cpu_start(struct cpu *cpu);
void cpu_change_ts(struct cpu *cpu, bool on);
static inline void cpu_set_ts(struct cpu *cpu, bool on)
{
    if (cpu->cr0_ts != on)
        cpu_change_ts(cpu, on);
}
/* Leaves the old stack for the empty one of `cpu` and calls entry there. */
noreturn void cpu_switch_stack(struct cpu *cpu, void (*entry)(void));

extern bool cpu_has_smap;
extern uint64_t cpu_xcr0; /* all XSAVE components in use; 0: FXSAVE */

#endif
