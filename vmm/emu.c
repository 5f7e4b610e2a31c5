/* SPDX-License-Identifier: MIT */
/* One instruction with a memory operand: address, read, compute, write, flags. */
#include <hw/emulate.h>
#include "emu_mem.h"
#include "emu_string.h"
#include "insn_alu.h"
#include "walk.h"

/* Offset of the memory operand in its segment. */
static uint64_t effective_address(const struct emu *emu)
{
    const struct insn *insn = &emu->insn;
    uint64_t offset = (uint64_t)insn->disp;

    if (insn->base >= 0)
        offset += emu->page->gpr[insn->base];
    if (insn->index >= 0)
        offset += emu->page->gpr[insn->index] << insn->scale;
    if (insn->rip_relative)
        offset += emu->page->context.rip + insn->length;
    return offset;
}

/* A bit-test with a register addresses memory beyond the operand: the bit offset is signed. */
static uint64_t bit_address(const struct emu *emu)
{
    const struct insn *insn = &emu->insn;
    int64_t bit = alu_extend(emu_get(emu, insn->reg, insn->size), insn->size);
    int64_t bits = 8 * insn->size;
    int64_t element = bit >= 0 ? bit / bits : -((-bit + bits - 1) / bits);

    return (uint64_t)(element * insn->size);
}

static bool operand_span(struct emu *emu, unsigned size, unsigned access, struct emu_span *span)
{
    const struct insn *insn = &emu->insn;
    uint64_t offset = effective_address(emu), linear;

    if (insn->op == OP_BIT && insn->src == OPERAND_REGISTER)
        offset += bit_address(emu);
    return emu_linear(emu, insn->seg, offset, insn->addr_size, size, &linear) &&
           emu_span(emu, linear, size, access, span);
}

static uint64_t other_operand(const struct emu *emu)
{
    const struct insn *insn = &emu->insn;

    return insn->src == OPERAND_IMMEDIATE ? alu_trim((uint64_t)insn->imm, insn->size)
                                          : emu_get(emu, insn->reg, insn->size);
}

static uint64_t swap_bytes(uint64_t value, unsigned size)
{
    return __builtin_bswap64(value) >> (64 - 8 * size);
}

/* Memory to register: MOV MOVZX MOVSX MOVBE CMOV and ALU with a register as destination. */
static void load_register(struct emu *emu, uint64_t value)
{
    const struct insn *insn = &emu->insn;
    uint64_t *rflags = &emu->page->context.rflags;

    switch (insn->op) {
    case OP_MOVSX: value = (uint64_t)alu_extend(value, insn->src_size); break;
    case OP_MOVBE: value = swap_bytes(value, insn->size); break;
    case OP_CMOV:
        if (!alu_condition(insn->alu, *rflags))
            value = emu_get(emu, insn->reg, insn->size);
        break;
    case OP_ALU:
        value = alu_binary((enum alu_op)insn->alu, insn->size, emu_get(emu, insn->reg, insn->size), value, rflags);
        if (insn->alu == ALU_CMP)
            return;
        break;
    default: break;
    }
    emu_set(emu, insn->reg, insn->size, value);
}

static bool run_load(struct emu *emu)
{
    const struct insn *insn = &emu->insn;
    unsigned size = insn->op == OP_MOVZX || insn->op == OP_MOVSX ? insn->src_size : insn->size;
    unsigned reg = insn->opcode >= 0xa0 && insn->opcode <= 0xa1 && insn->map == 0 ? GPR_RAX : insn->reg;
    struct emu_span span;

    if (!operand_span(emu, size, 0, &span))
        return false;
    emu->insn.reg = (uint8_t)reg;
    load_register(emu, emu_span_read(emu, &span));
    return true;
}

/* Plain stores: MOV MOVBE SETcc. */
static bool run_store(struct emu *emu)
{
    const struct insn *insn = &emu->insn;
    struct emu_span span;
    uint64_t value;

    if (!operand_span(emu, insn->size, WALK_WRITE, &span))
        return false;
    if (insn->op == OP_SETCC)
        value = alu_condition(insn->alu, emu->page->context.rflags);
    else if (insn->op == OP_MOVBE)
        value = swap_bytes(other_operand(emu), insn->size);
    else
        value = other_operand(emu);
    emu_span_write(emu, &span, value);
    return true;
}

/* CMPXCHG writes its destination in any case, as the CPU does. */
static uint64_t compute_cmpxchg(struct emu *emu, uint64_t value)
{
    const struct insn *insn = &emu->insn;
    uint64_t *rflags = &emu->page->context.rflags;

    alu_binary(ALU_CMP, insn->size, emu_get(emu, GPR_RAX, insn->size), value, rflags);
    if (*rflags & RFLAGS_ZF)
        return emu_get(emu, insn->reg, insn->size);
    emu_set(emu, GPR_RAX, insn->size, value);
    return value;
}

static uint64_t compute_bit(struct emu *emu, uint64_t value)
{
    const struct insn *insn = &emu->insn;
    uint64_t *rflags = &emu->page->context.rflags;
    uint64_t mask = 1ull << (other_operand(emu) & (8u * insn->size - 1));

    *rflags = (*rflags & ~RFLAGS_CF) | (value & mask ? RFLAGS_CF : 0);
    switch (insn->alu) {
    case 1: return value | mask;
    case 2: return value & ~mask;
    case 3: return value ^ mask;
    default: return value;
    }
}

/* New value of the memory operand; register results and flags are set on the way. */
static uint64_t compute(struct emu *emu, uint64_t value)
{
    const struct insn *insn = &emu->insn;
    uint64_t *rflags = &emu->page->context.rflags;
    uint64_t result;

    switch (insn->op) {
    case OP_ALU: return alu_binary((enum alu_op)insn->alu, insn->size, value, other_operand(emu), rflags);
    case OP_TEST: alu_binary(ALU_AND, insn->size, value, other_operand(emu), rflags); return value;
    case OP_NOT: return ~value;
    case OP_NEG: return alu_neg(insn->size, value, rflags);
    case OP_INC: return alu_inc(insn->size, value, rflags);
    case OP_DEC: return alu_dec(insn->size, value, rflags);
    case OP_XCHG:
        result = other_operand(emu);
        emu_set(emu, insn->reg, insn->size, value);
        return result;
    case OP_XADD:
        result = alu_binary(ALU_ADD, insn->size, value, other_operand(emu), rflags);
        emu_set(emu, insn->reg, insn->size, value);
        return result;
    case OP_CMPXCHG: return compute_cmpxchg(emu, value);
    default: return compute_bit(emu, value);
    }
}

static bool only_reads(const struct insn *insn)
{
    return insn->op == OP_TEST || (insn->op == OP_ALU && insn->alu == ALU_CMP) ||
           (insn->op == OP_BIT && insn->alu == 0);
}

static bool run_modify(struct emu *emu)
{
    bool reads = only_reads(&emu->insn);
    struct emu_span span;
    uint64_t result;

    if (!operand_span(emu, emu->insn.size, reads ? 0 : WALK_WRITE, &span))
        return false;
    result = compute(emu, emu_span_read(emu, &span));
    if (!reads)
        emu_span_write(emu, &span, result);
    return true;
}

static bool run_cmpxchg8b(struct emu *emu)
{
    uint64_t *gpr = emu->page->gpr, *rflags = &emu->page->context.rflags;
    uint64_t expected = (gpr[GPR_RDX] << 32) | (uint32_t)gpr[GPR_RAX], value;
    struct emu_span span;

    if (!operand_span(emu, 8, WALK_WRITE, &span))
        return false;
    value = emu_span_read(emu, &span);
    if (value == expected) {
        *rflags |= RFLAGS_ZF;
        value = (gpr[GPR_RCX] << 32) | (uint32_t)gpr[GPR_RBX];
    } else {
        *rflags &= ~RFLAGS_ZF;
        gpr[GPR_RAX] = (uint32_t)value;
        gpr[GPR_RDX] = value >> 32;
    }
    emu_span_write(emu, &span, value);
    return true;
}

/* Bytes of the stack pointer that count: the stack segment's size, all in 64-bit mode. */
static unsigned stack_size(const struct emu *emu)
{
    if (emu->mode == INSN_64)
        return 8;
    return emu->page->context.ss_attr & 1u << 14 ? 4 : 2;
}

static bool run_push(struct emu *emu)
{
    const struct insn *insn = &emu->insn;
    unsigned width = stack_size(emu);
    uint64_t top = alu_trim(emu->page->gpr[GPR_RSP] - insn->size, width), linear;
    struct emu_span from, to;

    if (!operand_span(emu, insn->size, 0, &from) || !emu_linear(emu, 2, top, width, insn->size, &linear) ||
        !emu_span(emu, linear, insn->size, WALK_WRITE, &to))
        return false;
    emu_span_write(emu, &to, emu_span_read(emu, &from));
    emu_set(emu, GPR_RSP, width, top);
    return true;
}

/* POP computes its destination's address with the stack pointer already moved (SDM, POP). */
static bool run_pop(struct emu *emu)
{
    const struct insn *insn = &emu->insn;
    unsigned width = stack_size(emu);
    uint64_t old = emu->page->gpr[GPR_RSP], linear;
    struct emu_span from, to;

    if (!emu_linear(emu, 2, old, width, insn->size, &linear) || !emu_span(emu, linear, insn->size, 0, &from))
        return false;
    emu_set(emu, GPR_RSP, width, old + insn->size);
    if (!operand_span(emu, insn->size, WALK_WRITE, &to)) {
        emu->page->gpr[GPR_RSP] = old;
        return false;
    }
    emu_span_write(emu, &to, emu_span_read(emu, &from));
    return true;
}

static bool run_flush(struct emu *emu)
{
    struct emu_span span;

    return operand_span(emu, 1, 0, &span);
}

static bool run(struct emu *emu)
{
    struct insn *insn = &emu->insn;

    switch (insn->op) {
    case OP_MOV:
        if (insn->opcode == 0xa2 || insn->opcode == 0xa3)
            insn->reg = insn->map == 0 ? GPR_RAX : insn->reg;
        return insn->dst == OPERAND_REGISTER ? run_load(emu) : run_store(emu);
    case OP_MOVBE: return insn->dst == OPERAND_REGISTER ? run_load(emu) : run_store(emu);
    case OP_MOVZX: case OP_MOVSX: case OP_CMOV: return run_load(emu);
    case OP_SETCC: return run_store(emu);
    case OP_ALU: return insn->dst == OPERAND_REGISTER ? run_load(emu) : run_modify(emu);
    case OP_PUSH: return run_push(emu);
    case OP_POP: return run_pop(emu);
    case OP_CMPXCHG8B: return run_cmpxchg8b(emu);
    case OP_FLUSH: return run_flush(emu);
    default: return run_modify(emu);
    }
}

static enum emu_result fetch_and_decode(struct emu *emu)
{
    bool next_page_faults;
    enum insn_result decoded;

    if (!emu_fetch(emu, &next_page_faults))
        return EMU_FAULT;
    decoded = insn_decode(&emu->insn, emu->bytes, emu->byte_count, emu->mode);
    if (decoded == INSN_SHORT && next_page_faults)
        return EMU_FAULT;
    if (decoded != INSN_OK || emu->insn.op > OP_FLUSH)
        return EMU_UNKNOWN;
    emu_code_keep(emu);
    return EMU_DONE;
}

enum emu_result emu_instruction(struct emu *emu)
{
    enum emu_result fetched;

    emu->mode = emu_mode(emu);
    if (!emu_code_same(emu)) {
        fetched = fetch_and_decode(emu);
        if (fetched != EMU_DONE)
            return fetched;
    }
    emu->length = emu->insn.length;
    if (emu->insn.op >= OP_MOVS && emu->insn.op <= OP_SCAS)
        return emu_string(emu);
    return run(emu) ? EMU_DONE : EMU_FAULT;
}
