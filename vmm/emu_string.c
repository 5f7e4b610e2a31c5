/* SPDX-License-Identifier: MIT */
/* MOVS CMPS STOS LODS SCAS, INS and OUTS, with and without repetition. */
#include <hw/emulate.h>
#include "emu_mem.h"
#include "emu_string.h"
#include "insn_alu.h"
#include "walk.h"

#define SEG_ES 0u
#define REPNE 0xf2u

/* One step of a string instruction; false = fault, and nothing has changed. */
struct string_step {
    unsigned size, addr_size, seg; /* seg: of the source; the destination is always in ES */
    bool from_si, to_di;
};

static void advance_index(struct emu *emu, unsigned reg, const struct string_step *step)
{
    uint64_t delta = emu->page->context.rflags & RFLAGS_DF ? 0 - (uint64_t)step->size : step->size;

    emu_set(emu, reg, step->addr_size, emu->page->gpr[reg] + delta);
}

static void advance(struct emu *emu, const struct string_step *step)
{
    if (step->from_si)
        advance_index(emu, GPR_RSI, step);
    if (step->to_di)
        advance_index(emu, GPR_RDI, step);
}

static bool source_span(struct emu *emu, const struct string_step *step, struct emu_span *span)
{
    uint64_t linear;

    return emu_linear(emu, step->seg, emu->page->gpr[GPR_RSI], step->addr_size, step->size, &linear) &&
           emu_span(emu, linear, step->size, 0, span);
}

static bool target_span(struct emu *emu, const struct string_step *step, unsigned access, struct emu_span *span)
{
    uint64_t linear;

    return emu_linear(emu, SEG_ES, emu->page->gpr[GPR_RDI], step->addr_size, step->size, &linear) &&
           emu_span(emu, linear, step->size, access, span);
}

static bool move_step(struct emu *emu, const struct string_step *step)
{
    struct emu_span source, target;

    if (!source_span(emu, step, &source) || !target_span(emu, step, WALK_WRITE, &target))
        return false;
    emu_span_write(emu, &target, emu_span_read(emu, &source));
    return true;
}

static bool compare_step(struct emu *emu, const struct string_step *step)
{
    struct emu_span source, target;
    uint64_t a = emu_get(emu, GPR_RAX, step->size);

    if (step->from_si && !source_span(emu, step, &source))
        return false;
    if (!target_span(emu, step, 0, &target))
        return false;
    if (step->from_si)
        a = emu_span_read(emu, &source);
    alu_binary(ALU_CMP, step->size, a, emu_span_read(emu, &target), &emu->page->context.rflags);
    return true;
}

static bool memory_step(struct emu *emu, const struct string_step *step)
{
    struct emu_span span;

    switch (emu->insn.op) {
    case OP_MOVS: return move_step(emu, step);
    case OP_CMPS: case OP_SCAS: return compare_step(emu, step);
    case OP_STOS:
        if (!target_span(emu, step, WALK_WRITE, &span))
            return false;
        emu_span_write(emu, &span, emu_get(emu, GPR_RAX, step->size));
        return true;
    default: /* LODS */
        if (!source_span(emu, step, &span))
            return false;
        emu_set(emu, GPR_RAX, step->size, emu_span_read(emu, &span));
        return true;
    }
}

static bool compares(const struct emu *emu)
{
    return emu->insn.op == OP_CMPS || emu->insn.op == OP_SCAS;
}

/* REPE goes on while ZF is set, REPNE while it is clear. */
static bool comparison_ends(const struct emu *emu)
{
    bool zero = emu->page->context.rflags & RFLAGS_ZF;

    return compares(emu) && zero == (emu->insn.rep == REPNE);
}

static uint64_t count_left(const struct emu *emu, unsigned addr_size)
{
    return alu_trim(emu->page->gpr[GPR_RCX], addr_size);
}

/* With TF set a debug trap is due after each repetition: one at a time, then back to the guest. */
static unsigned repeat_limit(const struct emu *emu)
{
    return emu->page->context.rflags & RFLAGS_TF ? 1 : EMU_MAX_REPEAT;
}

enum emu_result emu_string(struct emu *emu)
{
    const struct insn *insn = &emu->insn;
    struct string_step step = { insn->size, insn->addr_size, insn->seg,
                                insn->op == OP_MOVS || insn->op == OP_CMPS || insn->op == OP_LODS,
                                insn->op != OP_LODS };

    if (insn->rep == 0) {
        if (!memory_step(emu, &step))
            return EMU_FAULT;
        advance(emu, &step);
        return EMU_DONE;
    }
    for (unsigned i = 0; i < repeat_limit(emu); i++) {
        if (count_left(emu, step.addr_size) == 0)
            return EMU_DONE;
        if (!memory_step(emu, &step))
            return EMU_FAULT;
        advance(emu, &step);
        emu_set(emu, GPR_RCX, step.addr_size, emu->page->gpr[GPR_RCX] - 1);
        if (comparison_ends(emu))
            return EMU_DONE;
    }
    return count_left(emu, step.addr_size) == 0 ? EMU_DONE : EMU_AGAIN;
}

static bool io_step(struct emu *emu, const struct vcpu_exit *exit, const struct string_step *step)
{
    struct emu_span span;

    if (exit->flags & IO_IN) {
        if (!target_span(emu, step, WALK_WRITE, &span))
            return false;
        emu_span_write(emu, &span, emu->bus->io_read(emu->bus->ctx, exit->port, step->size));
        return true;
    }
    if (!source_span(emu, step, &span))
        return false;
    emu->bus->io_write(emu->bus->ctx, exit->port, step->size, emu_span_read(emu, &span));
    return true;
}

/* Address size and segment: from the exit, or from the prefixes when the CPU does not tell. */
static bool io_addressing(struct emu *emu, const struct vcpu_exit *exit, struct string_step *step)
{
    bool faulted;

    if (exit->addr_size != 0)
        return true;
    if (!emu_fetch(emu, &faulted) ||
        insn_decode(&emu->insn, emu->bytes, emu->byte_count, emu->mode) != INSN_OK)
        return false;
    step->addr_size = emu->insn.addr_size;
    step->seg = emu->insn.seg;
    return true;
}

enum emu_result emu_string_io(struct emu *emu, const struct vcpu_exit *exit)
{
    bool in = exit->flags & IO_IN;
    struct string_step step = { exit->size, exit->addr_size, exit->seg, !in, in };

    emu->mode = emu_mode(emu);
    if (!io_addressing(emu, exit, &step))
        return EMU_UNKNOWN; /* another CPU changed the code under us */
    emu->insn = (struct insn){ 0 };
    emu->length = exit->insn_len;
    for (unsigned i = 0; i < repeat_limit(emu); i++) {
        if ((exit->flags & IO_REP) && count_left(emu, step.addr_size) == 0)
            return EMU_DONE;
        if (!io_step(emu, exit, &step))
            return EMU_FAULT;
        advance(emu, &step);
        if (!(exit->flags & IO_REP))
            return EMU_DONE;
        emu_set(emu, GPR_RCX, step.addr_size, emu->page->gpr[GPR_RCX] - 1);
    }
    return count_left(emu, step.addr_size) == 0 ? EMU_DONE : EMU_AGAIN;
}
