/* SPDX-License-Identifier: MIT */
/* Integer arithmetic with exact status flags. */
#include <hw/emulate.h>
#include "insn_alu.h"

#define STATUS (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

uint64_t alu_trim(uint64_t value, unsigned size)
{
    return size >= 8 ? value : value & ((1ull << (8 * size)) - 1);
}

int64_t alu_extend(uint64_t value, unsigned size)
{
    unsigned unused = 64 - 8 * size;

    return (int64_t)(value << unused) >> unused;
}

static bool sign(uint64_t value, unsigned size)
{
    return value >> (8 * size - 1) & 1;
}

static uint64_t result_flags(uint64_t result, unsigned size)
{
    return (__builtin_parity((unsigned)result & 0xff) ? 0 : RFLAGS_PF) | (result == 0 ? RFLAGS_ZF : 0) |
           (sign(result, size) ? RFLAGS_SF : 0);
}

static void set_flags(uint64_t *rflags, uint64_t flags)
{
    *rflags = (*rflags & ~STATUS) | flags;
}

static uint64_t add(unsigned size, uint64_t a, uint64_t b, bool carry, uint64_t *rflags)
{
    uint64_t result = alu_trim(a + b + carry, size);
    uint64_t flags = result_flags(result, size);

    if (result < a || (carry && result == a))
        flags |= RFLAGS_CF;
    if ((a ^ b ^ result) & 0x10)
        flags |= RFLAGS_AF;
    if (sign((a ^ result) & (b ^ result), size))
        flags |= RFLAGS_OF;
    set_flags(rflags, flags);
    return result;
}

static uint64_t subtract(unsigned size, uint64_t a, uint64_t b, bool borrow, uint64_t *rflags)
{
    uint64_t result = alu_trim(a - b - borrow, size);
    uint64_t flags = result_flags(result, size);

    if (a < b || (borrow && a == b))
        flags |= RFLAGS_CF;
    if ((a ^ b ^ result) & 0x10)
        flags |= RFLAGS_AF;
    if (sign((a ^ b) & (a ^ result), size))
        flags |= RFLAGS_OF;
    set_flags(rflags, flags);
    return result;
}

static uint64_t logic(unsigned size, uint64_t result, uint64_t *rflags)
{
    set_flags(rflags, result_flags(result, size));
    return result;
}

uint64_t alu_binary(enum alu_op op, unsigned size, uint64_t a, uint64_t b, uint64_t *rflags)
{
    bool carry = *rflags & RFLAGS_CF;

    a = alu_trim(a, size);
    b = alu_trim(b, size);
    switch (op) {
    case ALU_ADD: return add(size, a, b, false, rflags);
    case ALU_ADC: return add(size, a, b, carry, rflags);
    case ALU_SBB: return subtract(size, a, b, carry, rflags);
    case ALU_SUB: return subtract(size, a, b, false, rflags);
    case ALU_OR: return logic(size, a | b, rflags);
    case ALU_AND: return logic(size, a & b, rflags);
    case ALU_XOR: return logic(size, a ^ b, rflags);
    default: subtract(size, a, b, false, rflags); return a;
    }
}

/* INC and DEC leave the carry alone. */
uint64_t alu_inc(unsigned size, uint64_t a, uint64_t *rflags)
{
    uint64_t carry = *rflags & RFLAGS_CF;
    uint64_t result = add(size, alu_trim(a, size), 1, false, rflags);

    *rflags = (*rflags & ~RFLAGS_CF) | carry;
    return result;
}

uint64_t alu_dec(unsigned size, uint64_t a, uint64_t *rflags)
{
    uint64_t carry = *rflags & RFLAGS_CF;
    uint64_t result = subtract(size, alu_trim(a, size), 1, false, rflags);

    *rflags = (*rflags & ~RFLAGS_CF) | carry;
    return result;
}

uint64_t alu_neg(unsigned size, uint64_t a, uint64_t *rflags)
{
    return subtract(size, 0, alu_trim(a, size), false, rflags);
}

bool alu_condition(unsigned code, uint64_t rflags)
{
    bool cf = rflags & RFLAGS_CF, zf = rflags & RFLAGS_ZF, sf = rflags & RFLAGS_SF;
    bool of = rflags & RFLAGS_OF, pf = rflags & RFLAGS_PF, value;

    switch (code >> 1 & 7) {
    case 0: value = of; break;
    case 1: value = cf; break;
    case 2: value = zf; break;
    case 3: value = cf || zf; break;
    case 4: value = sf; break;
    case 5: value = pf; break;
    case 6: value = sf != of; break;
    default: value = zf || sf != of; break;
    }
    return value != (code & 1);
}
