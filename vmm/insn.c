/* SPDX-License-Identifier: MIT */
/* Instruction decoder: prefixes, opcode tables, ModRM, SIB, displacement, immediate. */
#include <stddef.h>
#include <string.h>
#include "insn.h"

struct reader {
    const uint8_t *bytes;
    unsigned count, at;
    bool overrun;
};

static uint8_t next_byte(struct reader *in)
{
    if (in->at >= in->count || in->at >= INSN_MAX) {
        in->overrun = true;
        return 0;
    }
    return in->bytes[in->at++];
}

static int64_t next_signed(struct reader *in, unsigned bytes)
{
    uint64_t value = 0;
    unsigned unused = 64 - 8 * bytes;

    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)next_byte(in) << (8 * i);
    return (int64_t)(value << unused) >> unused;
}

static int segment_prefix(uint8_t byte)
{
    switch (byte) {
    case 0x26: return 0;
    case 0x2e: return 1;
    case 0x36: return 2;
    case 0x3e: return 3;
    case 0x64: return 4;
    case 0x65: return 5;
    default: return -1;
    }
}

/* Legacy prefixes in any order, then REX directly before the opcode. Returns the opcode's first byte. */
static uint8_t read_prefixes(struct insn *insn, struct reader *in, bool *addr_prefix)
{
    uint8_t byte;

    for (;;) {
        byte = next_byte(in);
        if (in->overrun)
            return 0;
        if (segment_prefix(byte) >= 0) {
            if (insn->mode != INSN_64 || byte >= 0x64) /* 64-bit mode ignores ES CS SS DS */
                insn->override = (int8_t)segment_prefix(byte);
        } else if (byte == 0x66) {
            insn->size16 = true;
        } else if (byte == 0x67) {
            *addr_prefix = true;
        } else if (byte == 0xf2 || byte == 0xf3) {
            insn->rep = byte;
        } else if (byte == 0xf0) {
            insn->lock = true;
        } else if (insn->mode == INSN_64 && (byte & 0xf0) == 0x40) {
            insn->rex = byte;
            continue;
        } else {
            return byte;
        }
        insn->rex = 0; /* a REX that is not last is ignored */
    }
}

static void set_sizes(struct insn *insn, bool addr_prefix)
{
    if (insn->mode == INSN_64) {
        insn->size = insn->rex & 8 ? 8 : insn->size16 ? 2 : 4;
        insn->addr_size = addr_prefix ? 4 : 8;
    } else {
        insn->size = (insn->mode == INSN_32) != insn->size16 ? 4 : 2;
        insn->addr_size = (insn->mode == INSN_32) != addr_prefix ? 4 : 2;
    }
}

static void read_modrm16(struct insn *insn, struct reader *in, unsigned mod, unsigned rm)
{
    static const int8_t base[8] = { 3, 3, 5, 5, 6, 7, 5, 3 };
    static const int8_t index[8] = { 6, 7, 6, 7, -1, -1, -1, -1 };

    insn->base = base[rm];
    insn->index = index[rm];
    if (mod == 0 && rm == 6) {
        insn->base = -1;
        insn->disp = (uint16_t)next_signed(in, 2);
    } else if (mod != 0) {
        insn->disp = next_signed(in, mod == 1 ? 1 : 2);
    }
    if (insn->base == 5)
        insn->seg = 2;
}

static void read_sib(struct insn *insn, struct reader *in, unsigned mod)
{
    uint8_t sib = next_byte(in);
    unsigned index = (sib >> 3 & 7) | (insn->rex & 2 ? 8 : 0);

    insn->scale = sib >> 6;
    insn->index = index == 4 ? -1 : (int8_t)index;
    if ((sib & 7) == 5 && mod == 0) {
        insn->disp = next_signed(in, 4);
        return;
    }
    insn->base = (int8_t)((sib & 7) | (insn->rex & 1 ? 8 : 0));
}

static void read_modrm32(struct insn *insn, struct reader *in, unsigned mod, unsigned rm)
{
    if (rm == 4) {
        read_sib(insn, in, mod);
    } else if (mod == 0 && rm == 5) {
        insn->disp = next_signed(in, 4);
        insn->rip_relative = insn->mode == INSN_64;
    } else {
        insn->base = (int8_t)(rm | (insn->rex & 1 ? 8 : 0));
    }
    if (mod == 1)
        insn->disp = next_signed(in, 1);
    else if (mod == 2)
        insn->disp = next_signed(in, 4);
    if (insn->base == 4 || insn->base == 5)
        insn->seg = 2; /* addresses by SP and BP are in the stack segment */
}

/* Returns the opcode extension (bits 5:3); sets *memory to whether the operand is memory. */
static unsigned read_modrm(struct insn *insn, struct reader *in, bool *memory)
{
    uint8_t modrm = next_byte(in);
    unsigned mod = modrm >> 6, rm = modrm & 7;

    insn->reg = (uint8_t)((modrm >> 3 & 7) | (insn->rex & 4 ? 8 : 0));
    *memory = mod != 3;
    if (mod == 3)
        return modrm >> 3 & 7;
    if (insn->addr_size == 2)
        read_modrm16(insn, in, mod, rm);
    else
        read_modrm32(insn, in, mod, rm);
    return modrm >> 3 & 7;
}

static void form(struct insn *insn, enum insn_op op, enum insn_operand dst, enum insn_operand src)
{
    insn->op = op;
    insn->dst = dst;
    insn->src = src;
}

/* 80 81 83: ALU group with immediate; c6 c7; f6 f7; fe ff; 8f. False: not one of ours. */
static bool decode_group(struct insn *insn, struct reader *in, unsigned extension)
{
    uint8_t opcode = insn->opcode;
    unsigned imm = insn->size == 8 ? 4 : insn->size;

    switch (opcode) {
    case 0x80: case 0x81: case 0x83:
        form(insn, OP_ALU, OPERAND_MEMORY, OPERAND_IMMEDIATE);
        insn->alu = (uint8_t)extension;
        insn->imm = next_signed(in, opcode == 0x81 ? imm : 1);
        return true;
    case 0xc6: case 0xc7:
        form(insn, OP_MOV, OPERAND_MEMORY, OPERAND_IMMEDIATE);
        insn->imm = next_signed(in, imm);
        return extension == 0;
    case 0xf6: case 0xf7:
        if (extension <= 1) {
            form(insn, OP_TEST, OPERAND_MEMORY, OPERAND_IMMEDIATE);
            insn->imm = next_signed(in, imm);
            return true;
        }
        form(insn, extension == 2 ? OP_NOT : OP_NEG, OPERAND_MEMORY, OPERAND_NONE);
        return extension <= 3;
    case 0xfe: case 0xff:
        form(insn, extension == 0 ? OP_INC : OP_DEC, OPERAND_MEMORY, OPERAND_NONE);
        if (opcode == 0xff && extension == 6) {
            form(insn, OP_PUSH, OPERAND_NONE, OPERAND_MEMORY);
            insn->size = insn->mode == INSN_64 ? (insn->size16 ? 2 : 8) : insn->size;
            return true;
        }
        return extension <= 1;
    default: /* 8f */
        form(insn, OP_POP, OPERAND_MEMORY, OPERAND_NONE);
        insn->size = insn->mode == INSN_64 ? (insn->size16 ? 2 : 8) : insn->size;
        return extension == 0;
    }
}

/* Moves between AL/AX/EAX/RAX and an absolute address, and the string instructions: no ModRM. */
static bool decode_implicit(struct insn *insn, struct reader *in)
{
    static const enum insn_op string[] = { OP_MOVS, OP_CMPS, OP_NOT, OP_STOS, OP_LODS, OP_SCAS };

    if (insn->opcode <= 0xa3) {
        bool store = insn->opcode & 2;

        form(insn, OP_MOV, store ? OPERAND_MEMORY : OPERAND_REGISTER, store ? OPERAND_REGISTER : OPERAND_MEMORY);
        insn->disp = next_signed(in, insn->addr_size);
        if (insn->addr_size == 4)
            insn->disp = (uint32_t)insn->disp;
        else if (insn->addr_size == 2)
            insn->disp = (uint16_t)insn->disp;
        return true;
    }
    form(insn, string[(insn->opcode - 0xa4) / 2], OPERAND_MEMORY, OPERAND_MEMORY);
    return true;
}

/* One-byte opcodes with ModRM. */
static bool decode_one_byte(struct insn *insn, struct reader *in, unsigned extension)
{
    uint8_t opcode = insn->opcode;

    if (opcode < 0x40 && (opcode & 7) < 4) {
        bool to_register = opcode & 2;

        form(insn, OP_ALU, to_register ? OPERAND_REGISTER : OPERAND_MEMORY,
             to_register ? OPERAND_MEMORY : OPERAND_REGISTER);
        insn->alu = opcode >> 3;
        return true;
    }
    switch (opcode) {
    case 0x63:
        form(insn, OP_MOVSX, OPERAND_REGISTER, OPERAND_MEMORY);
        insn->src_size = insn->size == 2 ? 2 : 4;
        return insn->mode == INSN_64;
    case 0x84: case 0x85: form(insn, OP_TEST, OPERAND_MEMORY, OPERAND_REGISTER); return true;
    case 0x86: case 0x87: form(insn, OP_XCHG, OPERAND_MEMORY, OPERAND_REGISTER); return true;
    case 0x88: case 0x89: form(insn, OP_MOV, OPERAND_MEMORY, OPERAND_REGISTER); return true;
    case 0x8a: case 0x8b: form(insn, OP_MOV, OPERAND_REGISTER, OPERAND_MEMORY); return true;
    case 0x80: case 0x81: case 0x83: case 0x8f: case 0xc6: case 0xc7: case 0xf6: case 0xf7: case 0xfe: case 0xff:
        return decode_group(insn, in, extension);
    default: return false;
    }
}

static bool decode_bits(struct insn *insn, struct reader *in, unsigned extension)
{
    if (insn->opcode == 0xba) {
        form(insn, OP_BIT, OPERAND_MEMORY, OPERAND_IMMEDIATE);
        insn->alu = (uint8_t)(extension & 3);
        insn->imm = next_signed(in, 1);
        return extension >= 4;
    }
    form(insn, OP_BIT, OPERAND_MEMORY, OPERAND_REGISTER);
    insn->alu = insn->opcode >> 3 & 3; /* a3 ab b3 bb */
    return true;
}

/* Opcodes behind 0F. */
static bool decode_two_byte(struct insn *insn, struct reader *in, unsigned extension)
{
    uint8_t opcode = insn->opcode;

    if ((opcode & 0xf0) == 0x40 || (opcode & 0xf0) == 0x90) {
        bool set = (opcode & 0xf0) == 0x90;

        form(insn, set ? OP_SETCC : OP_CMOV, set ? OPERAND_MEMORY : OPERAND_REGISTER,
             set ? OPERAND_NONE : OPERAND_MEMORY);
        insn->alu = opcode & 15;
        insn->size = set ? 1 : insn->size;
        return true;
    }
    switch (opcode) {
    case 0xa3: case 0xab: case 0xb3: case 0xbb: case 0xba: return decode_bits(insn, in, extension);
    case 0xb0: case 0xb1: form(insn, OP_CMPXCHG, OPERAND_MEMORY, OPERAND_REGISTER); return true;
    case 0xc0: case 0xc1: form(insn, OP_XADD, OPERAND_MEMORY, OPERAND_REGISTER); return true;
    case 0xb6: case 0xb7: case 0xbe: case 0xbf:
        form(insn, opcode < 0xb8 ? OP_MOVZX : OP_MOVSX, OPERAND_REGISTER, OPERAND_MEMORY);
        insn->src_size = opcode & 1 ? 2 : 1;
        return true;
    case 0xc3: form(insn, OP_MOV, OPERAND_MEMORY, OPERAND_REGISTER); return insn->rep == 0 && !insn->size16;
    case 0xc7:
        form(insn, OP_CMPXCHG8B, OPERAND_MEMORY, OPERAND_NONE);
        return extension == 1 && insn->size != 8; /* CMPXCHG16B is not for device memory */
    case 0xae:
        form(insn, OP_FLUSH, OPERAND_MEMORY, OPERAND_NONE);
        return extension == 7 || (extension == 6 && insn->size16);
    default: return false;
    }
}

static bool decode_movbe(struct insn *insn)
{
    bool store = insn->opcode == 0xf1;

    form(insn, OP_MOVBE, store ? OPERAND_MEMORY : OPERAND_REGISTER, store ? OPERAND_REGISTER : OPERAND_MEMORY);
    return insn->opcode >= 0xf0 && insn->opcode <= 0xf1 && insn->rep == 0;
}

/* Bit 0 of these opcodes selects between a byte and the operand size. */
static bool has_byte_form(const struct insn *insn)
{
    uint8_t opcode = insn->opcode;

    if (insn->map == 0)
        return opcode < 0x40 || (opcode >= 0x80 && opcode <= 0x8b && opcode != 0x83) ||
               (opcode >= 0xa0 && opcode <= 0xaf) || opcode >= 0xc6;
    return insn->map == 1 && (opcode == 0xb0 || opcode == 0xc0);
}

static uint8_t read_opcode(struct insn *insn, struct reader *in)
{
    bool addr_prefix = false;
    uint8_t opcode = read_prefixes(insn, in, &addr_prefix);

    set_sizes(insn, addr_prefix);
    if (opcode == 0x0f) {
        insn->map = 1;
        opcode = next_byte(in);
        if (opcode == 0x38) {
            insn->map = 2;
            opcode = next_byte(in);
        }
    }
    return opcode;
}

enum insn_result insn_decode(struct insn *insn, const uint8_t *bytes, unsigned count, enum insn_mode mode)
{
    struct reader in = { bytes, count, 0, false };
    bool memory = true, known;
    unsigned extension = 0;

    *insn = (struct insn){ .mode = (uint8_t)mode, .override = -1, .seg = 3, .base = -1, .index = -1 };
    insn->opcode = read_opcode(insn, &in);
    if (has_byte_form(insn) && !(insn->opcode & 1))
        insn->size = 1;
    if (insn->map == 0 && insn->opcode >= 0x6c && insn->opcode <= 0x6f) {
        form(insn, insn->opcode < 0x6e ? OP_INS : OP_OUTS, OPERAND_MEMORY, OPERAND_NONE);
        known = true;
    } else if (insn->map == 0 && insn->opcode >= 0xa0 && insn->opcode <= 0xaf && (insn->opcode & 0xfe) != 0xa8) {
        known = decode_implicit(insn, &in);
    } else {
        extension = read_modrm(insn, &in, &memory);
        known = insn->map == 0   ? decode_one_byte(insn, &in, extension)
                : insn->map == 1 ? decode_two_byte(insn, &in, extension)
                                 : decode_movbe(insn);
    }
    if (in.overrun)
        return count < INSN_MAX ? INSN_SHORT : INSN_UNKNOWN;
    if (insn->override >= 0)
        insn->seg = (uint8_t)insn->override;
    insn->length = (uint8_t)in.at;
    return known && memory ? INSN_OK : INSN_UNKNOWN;
}
