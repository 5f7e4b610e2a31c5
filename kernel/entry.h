/* SPDX-License-Identifier: MIT */
/* What the assembly of trap_entry.S and sysenter.S offers and calls. */
#ifndef KERNEL_ENTRY_H
#define KERNEL_ENTRY_H

#include "object.h"

/* Registers of an exception taken in ring 0, as trap_entry.S pushes them. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

extern const uint8_t trap_stubs[];  /* 256 stubs of TRAP_STUB_BYTES each */
#define TRAP_STUB_BYTES 16u
void sysenter_entry(void);
noreturn void entry_to_user(struct regs *regs);
noreturn void entry_idle(void);
extern const uint8_t entry_iret[], entry_sysexit[], entry_sysdone[];

/* Copies between user and kernel memory; ERR_FAULT when the user side does not allow it. */
enum status user_copy(void *to, const void *from, uint64_t bytes, bool smap) must_check;
extern const uint8_t user_copy_insn[], user_copy_fault[];
/* The same with the range checked against the user half. */
enum status copy_from_user(void *to, const void *from, uint64_t bytes) must_check;
enum status copy_to_user(void *to, const void *from, uint64_t bytes) must_check;

/* Called by assembly */
noreturn void trap_user(struct thread *thread, uint64_t vector, uint64_t error);
noreturn void trap_idle(uint32_t vector);
void trap_kernel(struct trap_frame *frame);
void irq_dispatch(uint32_t vector);
bool memory_idle(void);

/* The calling system call is made again, with these arguments, when the thread runs next. */
void syscall_restart(uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4);

#endif
