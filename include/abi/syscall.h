/* SPDX-License-Identifier: MIT */
/* System-call numbers, flags and structures. The list itself is syscall.def. */
#ifndef ABI_SYSCALL_H
#define ABI_SYSCALL_H

#include <stdint.h>
#include "status.h"
#include "trace.h"
#include "vcpu_page.h"

enum syscall_number {
#define CALL_0(name, ...) SYS_##name,
#define CALL_1(name, ...) SYS_##name,
#define CALL_2(name, ...) SYS_##name,
#define CALL_3(name, ...) SYS_##name,
#define CALL_4(name, ...) SYS_##name,
#define CALL_5(name, ...) SYS_##name,
#include "syscall.def"
    SYS_COUNT
};

/* mem_map, vm_map: low bits of the address argument */
#define MAP_READ  1u
#define MAP_WRITE 2u
#define MAP_EXEC  4u /* never together with MAP_WRITE in a page table; allowed together in an EPT */

/* Rights of a handle */
#define RIGHT_MANAGE 0x01u /* partition: create, map, kill in it */
#define RIGHT_SIGNAL 0x02u /* event */
#define RIGHT_READ   0x04u /* memory object, ports */
#define RIGHT_WRITE  0x08u
#define RIGHT_EXEC   0x10u
#define RIGHT_GIVE   0x20u /* may be passed on by handle_give */
#define RIGHT_LOG    0x40u /* of a partition, not of a handle: kernel log */
#define RIGHT_VM     0x80u /* of a partition, not of a handle: vm_create */
#define RIGHT_ALL    0xffu

/*
 * thread_create, thread_place: where and how a thread runs.
 *   bits  9:0   CPU
 *        14:10  priority
 *        15     PLACE_EXCLUSIVE: no other thread on this CPU, then or later; without budget and reserve
 *        31:16  budget: it runs at most so much of any period, in 1/10000; 0 or 10000 = no limit
 *        47:32  reserve: for so much of a period it goes before all but root, in 1/10000
 *        63:48  period in units of 100 us; 0 = 10 ms
 */
#define PLACEMENT(cpu, priority, budget, reserve, period)                                          \
    ((uint64_t)(cpu) | (uint64_t)(priority) << 10 | (uint64_t)(budget) << 16 |                     \
     (uint64_t)(reserve) << 32 | (uint64_t)(period) << 48)
#define PLACE_EXCLUSIVE (1ull << 15)
#define BUDGET_WHOLE    10000u

/* part_info.state */
enum part_state { PART_NEW, PART_RUNNING, PART_ENDED, PART_PAUSED };
/* part_info.end */
enum part_end {
    END_NONE,
    END_EXIT,      /* part_exit: code */
    END_KILLED,    /* part_kill by its parent */
    END_FAULT      /* CPU exception in ring 3: vector, error, rip, address */
};

struct cpu_stats {
    /* While one of these goes on it lacks the TSC at which that began: it is negative, and right with the TSC added. */
    uint64_t idle_tsc;        /* nothing to run */
    uint64_t guest_tsc;       /* inside guests, with the exits that the kernel finishes by itself */
    uint64_t switches;        /* how often the scheduler chose */
    uint64_t timers, kicks, devices; /* interrupts: own timer, by another CPU, by devices */
};

struct part_info {
    uint32_t state; /* enum part_state */
    uint32_t end;   /* enum part_end */
    int64_t code;
    uint32_t vector, error;
    uint64_t rip, address;
    uint64_t kmem_pages, kmem_quota; /* kernel memory used and given, 4 KiB pages */
    uint64_t mem_pages, mem_quota;   /* RAM */
    uint64_t ept_pages;              /* of kmem_pages: EPT structures that map guest RAM */
    uint64_t ptab_pages;             /* of kmem_pages: page tables of its ring-3 program */
    uint64_t cpu_tsc;                /* TSC ticks that its threads ran */
    uint64_t guest_tsc, kernel_tsc;  /* of these in guests; there, in exits that are traced and do not leave */
    uint64_t latency;                /* longest from a wake-up, or its timer's deadline, until the thread ran */
    uint64_t throttled_tsc;          /* that they could not run for want of budget */
    uint64_t throttled;              /* how often */
    uint32_t threads, handles;
    uint32_t id, reserved;           /* no two partitions ever have the same; root is 0 */
    char name[32];
};
#define STATS_REASONS 80 /* basic exit reasons, SDM vol. 3 appendix C */
struct part_stats {
    uint64_t exits[STATS_REASONS];
    uint64_t to_vmm[EXIT_KINDS]; /* exits handed to the VMM, by kind */
    uint64_t injected;           /* interrupts and exceptions injected */
    uint64_t unknown_msr;        /* RDMSR/WRMSR answered with #GP */
};

/* Hypercalls of a guest (VMCALL, number in RAX); RAX = 0 afterwards. All others are the VMM's: EXIT_HYPERCALL */
#define HYPERCALL_NULL     0u
#define HYPERCALL_DOORBELL 1u /* signals the event vcpu_page.doorbell; there may be none */

#endif
