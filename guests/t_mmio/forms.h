/* SPDX-License-Identifier: MIT */
/* Instruction forms with a memory operand; forms.S holds them, forms.c runs them on two targets. */
#ifndef T_MMIO_FORMS_H
#define T_MMIO_FORMS_H

#include <stdint.h>

/* What a form starts with and leaves behind: RSI = address of the operand, RDI = RAM behind it. */
struct form_regs {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, r8, r9, rbp, rflags;
};

struct form {
    const char *name;
    void *code;
    uint64_t size;  /* of the memory operand, bytes */
    uint64_t flags; /* those that the SDM defines after it */
};

extern const struct form forms[], forms_end[];
void form_run(void *code, struct form_regs *regs);

#endif
