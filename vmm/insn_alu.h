/* SPDX-License-Identifier: MIT */
/* Integer arithmetic with the status flags exactly as the CPU sets them (SDM vol. 1, 3.4.3.1). */
#ifndef VMM_INSN_ALU_H
#define VMM_INSN_ALU_H

#include <stdbool.h>
#include <stdint.h>

enum alu_op { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };

/* Low `size` bytes (1 2 4 8) of a value. */
uint64_t alu_trim(uint64_t value, unsigned size);
int64_t alu_extend(uint64_t value, unsigned size);

/* Result of size bytes; the six status flags in *rflags are set. CMP returns a unchanged. */
uint64_t alu_binary(enum alu_op op, unsigned size, uint64_t a, uint64_t b, uint64_t *rflags);
uint64_t alu_inc(unsigned size, uint64_t a, uint64_t *rflags);
uint64_t alu_dec(unsigned size, uint64_t a, uint64_t *rflags);
uint64_t alu_neg(unsigned size, uint64_t a, uint64_t *rflags);

/* Condition codes 0 .. 15 as in Jcc, SETcc, CMOVcc. */
bool alu_condition(unsigned code, uint64_t rflags);

#endif
