/* SPDX-License-Identifier: MIT */
/*
 * Decoder for the instructions that reach device memory (SDM vol. 2, chapter 2 and appendix A):
 * bytes in, description out; it reads no guest state and changes nothing.
 */
#ifndef VMM_INSN_H
#define VMM_INSN_H

#include <stdbool.h>
#include <stdint.h>

#define INSN_MAX 15

enum insn_op {
    OP_MOV,      /* dst = src */
    OP_MOVZX,    /* register = memory of src_size, zero- or sign-extended */
    OP_MOVSX,
    OP_MOVBE,    /* byte-swapped move */
    OP_ALU,      /* dst = dst `alu` src; alu as in opcode bits 5:3 (0 ADD .. 7 CMP) */
    OP_TEST,
    OP_NOT, OP_NEG, OP_INC, OP_DEC,
    OP_XCHG, OP_CMPXCHG, OP_XADD,
    OP_CMPXCHG8B,
    OP_BIT,      /* bit test; alu: 0 BT 1 BTS 2 BTR 3 BTC */
    OP_CMOV, OP_SETCC, /* alu: condition code */
    OP_PUSH, OP_POP,
    OP_MOVS, OP_CMPS, OP_STOS, OP_LODS, OP_SCAS,
    OP_FLUSH,    /* CLFLUSH, CLFLUSHOPT, CLWB: nothing to do */
    OP_INS, OP_OUTS, /* for their prefixes: address size and segment */
};

/* What the other operand is; one of dst and src is the memory operand. */
enum insn_operand { OPERAND_NONE, OPERAND_MEMORY, OPERAND_REGISTER, OPERAND_IMMEDIATE };

enum insn_mode { INSN_16 = 2, INSN_32 = 4, INSN_64 = 8 };

enum insn_result {
    INSN_OK,
    INSN_SHORT,   /* more bytes are needed than were given */
    INSN_UNKNOWN, /* nothing that this decoder knows, or no memory operand */
};

struct insn {
    enum insn_op op;
    enum insn_operand dst, src;
    uint8_t length;
    uint8_t mode;       /* enum insn_mode */
    uint8_t opcode;
    uint8_t map;        /* 0 one byte, 1 0F, 2 0F 38 */
    uint8_t rex;        /* 0 = none */
    uint8_t alu;        /* see enum insn_op */
    uint8_t size;       /* operand: 1 2 4 8 */
    uint8_t src_size;   /* memory size of MOVZX and MOVSX */
    uint8_t addr_size;  /* 2 4 8 */
    bool size16;        /* operand-size prefix */
    uint8_t rep;        /* 0, 0xf2 or 0xf3 */
    bool lock;
    int8_t override;    /* segment prefix: ES CS SS DS FS GS as 0 .. 5; -1 none */
    uint8_t seg;        /* segment of the memory operand */
    uint8_t reg;        /* register operand, 0 .. 15 */
    int8_t base, index; /* address registers; -1 none */
    uint8_t scale;      /* shift of the index */
    bool rip_relative;
    int64_t disp;       /* displacement or moffs */
    int64_t imm;        /* sign-extended */
};

enum insn_result insn_decode(struct insn *insn, const uint8_t *bytes, unsigned count, enum insn_mode mode);

/* Register operands of one byte without REX: 4 .. 7 are AH CH DH BH. */
static inline bool insn_is_high_byte(const struct insn *insn, unsigned reg, unsigned size)
{
    return size == 1 && insn->rex == 0 && reg >= 4 && reg <= 7;
}

#endif
