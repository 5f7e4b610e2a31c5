/* SPDX-License-Identifier: MIT */
/* Hardware task switches, which VT-x always hands to software (SDM vol. 3, chapter 7). */
#ifndef VMM_TASK_H
#define VMM_TASK_H

#include "vm.h"
#include "walk.h"

/* A switch under way. Memory is read and written through `space`, the page tables of the moment. */
struct task {
    struct vm *vm;
    struct vcpu_state state; /* the guest's, changed step by step */
    struct walk_space space;
    bool external;           /* EXT bit of error codes: an event that the program did not cause */
    /* the fault that ended it, if any */
    bool faulted;
    uint8_t vector;
    uint32_t error;
    uint64_t cr2;
};

/* EXIT_TASK_SWITCH: do it, or raise the fault that it causes. */
void task_switch(struct vm *vm);

/* Record a fault: false, for the caller to return. */
bool task_fault(struct task *task, uint8_t vector, uint32_t error);
bool task_fault_selector(struct task *task, uint8_t vector, uint16_t selector);

/* Supervisor accesses to linear memory; false = page fault, recorded. */
bool task_read(struct task *task, uint64_t linear, void *to, unsigned bytes);
bool task_write(struct task *task, uint64_t linear, const void *from, unsigned bytes);

/* Descriptors (task_segment.c). */
struct task_descriptor {
    uint64_t at; /* linear address of the descriptor */
    uint64_t base;
    uint32_t limit;
    uint32_t attr; /* VMX layout */
};
#define DESC_TYPE(attr)  ((attr) & 15u)
#define DESC_DPL(attr)   ((attr) >> 5 & 3u)
#define DESC_S           (1u << 4)
#define DESC_PRESENT     (1u << 7)
#define DESC_BIG         (1u << 14)

/* Read a descriptor from the GDT or LDT; a selector outside them is #TS. */
bool task_descriptor(struct task *task, uint16_t selector, struct task_descriptor *out);

/* Load LDTR, CS, SS and the data segments from the selectors in task->state. */
bool task_load_segments(struct task *task);

#endif
