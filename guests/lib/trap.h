/* SPDX-License-Identifier: MIT */
/*
 * Exceptions and interrupts of a guest: handlers by vector, and TRY(), which runs one instruction
 * and tells what it raised.
 */
#ifndef GUEST_TRAP_H
#define GUEST_TRAP_H

#include <guest/x86.h>

struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

struct trap_point {
    uint64_t saved[8];
};

typedef void trap_handler(struct trap_frame *frame);

/* The last exception that TRY() or trap_user() caught. */
struct trap_info {
    uint64_t vector, error, rip, rflags, rsp, cs, cr2, dr6;
};
extern struct trap_info trap_last;
extern uint64_t trap_resume, trap_resume_rsp, trap_start, trap_user_flags;
extern volatile uint64_t trap_counts[256];

void trap_init(void);
void trap_set(uint8_t vector, trap_handler *handler); /* 0: none, the default */
void trap_gate(uint8_t vector, uint64_t low, uint64_t high); /* writes the raw IDT entry */
uint64_t *trap_gate_of(uint8_t vector);
void trap_ist(uint8_t vector, unsigned ist);
void trap_idt_load(void *base, unsigned limit);
void trap_dispatch(struct trap_frame *frame);
void trap_catch(struct trap_frame *frame); /* end what TRY() or trap_user() runs; trap_resume is set */
int trap_save(struct trap_point *point) __attribute__((returns_twice));
void trap_jump(struct trap_point *point) __attribute__((noreturn));
void trap_user(uint64_t rip, uint64_t rsp);
unsigned trap_taken(void); /* ends a TRY: the vector, or VEC_NONE */
extern struct trap_point *trap_rescue; /* where an unexpected exception continues; 0: it ends the guest */
extern char trap_stubs[];

/*
 * Vector that the instruction raised, or VEC_NONE. Operands as in asm(), inputs only, none of them
 * on the stack; labels 8 and 9 are taken. Registers but R8-R10 and R12-R15 come back unchanged.
 */
#define TRY(insn, ...)                                                                             \
    ({                                                                                             \
        asm volatile("pushq %%rax; pushq %%rcx; pushq %%rdx; pushq %%rsi; pushq %%rdi; pushq %%r11; " \
                     "pushq %%rbx; pushq %%rbp\n\t"                                                \
                     TRY_BEGIN insn TRY_END                                                        \
                     "popq %%rbp; popq %%rbx; popq %%r11; popq %%rdi; popq %%rsi; "         \
                     "popq %%rdx; popq %%rcx; popq %%rax" ::__VA_ARGS__                            \
                     : "memory", "cc");                                                            \
        trap_taken();                                                                              \
    })
#define TRY_BEGIN "movq %%rsp, trap_resume_rsp\n\tmovq $8f, trap_start\n\tmovq $9f, trap_resume\n8:\t"
#define TRY_END   "\n9:\tmovq $0, trap_resume\n\tmovq trap_resume_rsp, %%rsp\n\t"

/* rip of the trap relative to the instruction under test */
static inline int64_t trap_offset(void)
{
    return (int64_t)(trap_last.rip - trap_start);
}

static inline unsigned try_wrmsr(uint32_t msr, uint64_t value)
{
    return TRY("wrmsr", "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static inline unsigned try_rdmsr(uint32_t msr, uint64_t *value)
{
    uint32_t lo = 0, hi = 0;
    asm volatile(TRY_BEGIN "rdmsr" TRY_END : "+a"(lo), "+d"(hi) : "c"(msr) : "memory");
    *value = (uint64_t)hi << 32 | lo;
    return trap_taken();
}

static inline unsigned try_cr0(uint64_t v) { return TRY("movq %0, %%cr0", "r"(v)); }
static inline unsigned try_cr3(uint64_t v) { return TRY("movq %0, %%cr3", "r"(v)); }
static inline unsigned try_cr4(uint64_t v) { return TRY("movq %0, %%cr4", "r"(v)); }
static inline unsigned try_cr8(uint64_t v) { return TRY("movq %0, %%cr8", "r"(v)); }
static inline unsigned try_xsetbv(uint32_t reg, uint64_t v)
{
    return TRY("xsetbv", "c"(reg), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)));
}

#endif
