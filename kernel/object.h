/* SPDX-License-Identifier: MIT */
/*
 * Kernel objects: partitions, threads, memory objects, and the handles that name them.
 * All of it is guarded by kernel_lock unless a field says otherwise.
 */
#ifndef KERNEL_OBJECT_H
#define KERNEL_OBJECT_H

#include <abi/start.h>
#include <abi/syscall.h>
#include <sys/alloc.h>
#include <sys/base.h>
#include <vmx/vmx.h>
#include "cpu.h"

enum object_type { OBJECT_ANY, OBJECT_PART, OBJECT_THREAD, OBJECT_MEM, OBJECT_PORTS, OBJECT_POWER };

/* Beginning of every object: its kind and all handles that name it. */
struct object {
    uint32_t type; /* enum object_type */
    uint32_t handle_count;
    struct handle *handles;
};

struct handle {
    struct object *object;        /* NULL: free slot */
    uint64_t data;                /* event: bits; ports: base | count << 16 */
    uint32_t rights;              /* RIGHT_* */
    uint32_t reserved;
    struct handle *next, **link;  /* the object's list: an object that goes takes its handles along */
};

/* Kernel pages of a partition: every allocation on its behalf is charged here. */
struct account {
    uint64_t quota, used;      /* pages of 4 KiB */
    struct slab *slab;         /* small objects: pages cut into SLAB_BYTES */
};

#define HANDLE_FIRST 60u  /* handles inside struct part; the rest in pages of their own */
#define HANDLE_PAGES 24u
#define HANDLES_PER_PAGE (4096u / sizeof(struct handle))

struct vm {
    struct ept ept;
    struct vmx_peers peers;
    struct cpuid_page *cpuid;
    void *apic_access;
    bool exists;
};

struct part {
    struct object object;
    struct part *parent;
    struct thread *parent_thread;  /* gets end_bits when this partition ends */
    uint64_t end_bits;
    char name[32];
    enum part_state state;
    struct part_info end;          /* why it ended */
    bool paused;                   /* its threads are parked */
    uint32_t flags;                /* RIGHT_VM, RIGHT_LOG */
    struct account account;
    uint64_t mem_quota, mem_used;  /* pages of 4 KiB */
    struct tables tables;          /* its page tables */
    uint64_t cr3;                  /* where they are */
    struct thread *threads;
    struct mem *mems;              /* memory objects that it owns */
    uint32_t children, thread_count;
    uint64_t trace_id;             /* for struct trace_record.what: id << 32 | no thread */
    struct vm vm;
    struct handle *handle_page[HANDLE_PAGES];
    struct handle handle[HANDLE_FIRST];
};
_Static_assert(sizeof(struct part) <= PAGE_BYTES, "one page");

/* User registers. Order and offsets are shared with trap_entry.S and sysenter.S through offsets.c. */
struct regs {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rip, rflags, rsp;
};

#define FPU_BYTES 2752u /* XSAVE area, standard format, with x87, SSE, AVX and AVX-512: 2,688 */
struct fpu {
    uint8_t area[FPU_BYTES];
} __attribute__((aligned(64)));

/* Guarded by cpu->lock of its CPU. */
enum thread_state {
    THREAD_READY,     /* in a queue */
    THREAD_RUNNING,   /* in a queue, too */
    THREAD_WAITING,   /* in event_wait, or its guest is halted */
    THREAD_THROTTLED, /* its budget is used up until some of it comes back */
    THREAD_PARKED,    /* paused, or about to move: in no queue of its CPU */
    THREAD_STOPPED,   /* its partition ended */
};

#define REFILLS 10u
struct refill {
    uint64_t ticks; /* that it ran in a stretch, or in several that began close together */
    uint64_t at;    /* when it may run as long again: a period after that began */
};

struct thread {
    struct regs regs; /* first: assembly saves here */
    struct cpu *cpu;  /* home; changes with kernel_lock held and while it is parked and its CPU holds nothing of it */
    uint8_t full;     /* regs are complete (interrupted), else only what a system call keeps */
    uint8_t in_guest; /* inside vcpu_run */
    uint8_t priority;
    uint8_t deaf;     /* sleeps with its guest's timer interrupt pending but masked */
    uint8_t asleep;   /* parked while it waited */
    uint8_t fpu_is_guest; /* the guest's FPU state is the live one, not the program's own */
    enum thread_state state;
    volatile uint64_t events; /* event word; atomic */

    struct object object;
    struct part *part;
    struct thread *part_next;
    struct thread *queue_next, *queue_prev;
    struct thread *timer_left, *timer_right, **timer_link;
    uint64_t timer;         /* TSC at which it must be looked at, ~0 = none; in cpu->timers if not */
    uint64_t wait_deadline, wait_mask; /* of event_wait */
    uint64_t vcpu_timer;    /* of the guest's local APIC */
    uint64_t run_deadline;  /* of vcpu_page.deadline */
    uint64_t budget, reserve, period; /* TSC ticks; budget >= period: not limited */
    int64_t budget_left;    /* of its turn; negative: it ran longer */
    uint64_t refill_at;     /* ready or throttled: when something comes back to it */
    uint64_t ran, throttled, throttled_since; /* TSC ticks until the last change */
    uint64_t throttles;     /* times */
    uint64_t ran_until, slot_start; /* of the last note in refill[] */
    struct refill refill[REFILLS];
    uint8_t refill_last;
    uint8_t own_priority;   /* what it was given; more while it has a reserve */
    uint8_t metered;        /* has a budget or a reserve */
    uint8_t exclusive;      /* no other partition has this CPU as its home; guarded by kernel_lock */

    uint64_t guest_tsc, kernel_tsc, latency; /* as in struct part_info; guest_tsc: as in struct cpu_stats */
    uint64_t woken;         /* TSC at which it should have run, 0: it did */
    uint64_t trace_id;      /* for struct trace_record.what */

    struct vmx_vcpu *vcpu;
    struct vcpu_page *page;
    struct fpu *guest_fpu;
    void *vmcs, *vapic;
    struct mem *op_mem; /* memory object that a restarted mem_create goes on to fill */

    struct fpu fpu;
};
_Static_assert(sizeof(struct thread) <= PAGE_BYTES, "one page");

/* RAM in runs of contiguous frames; owned by one partition, mapped where handles allow. */
struct extent {
    uint32_t frame, pages;
};
#define MEM_INLINE 7u
#define EXTENTS_PER_PAGE 511u
struct extent_page {
    struct extent extent[EXTENTS_PER_PAGE];
    struct extent_page *next;
};
struct mem {
    struct object object;
    struct part *owner;
    struct mem *next, **link;  /* owner's list */
    uint64_t maps;             /* leaves in page tables and EPTs that lead here */
    uint32_t pages;            /* 4 KiB each: up to 16 TiB */
    uint32_t filled, extents;  /* of these, have frames; in so many runs */
    struct extent inlined[MEM_INLINE];
    struct extent_page *more;
};
#define SLAB_BYTES 128u
_Static_assert(sizeof(struct mem) <= SLAB_BYTES, "small object");

#endif
