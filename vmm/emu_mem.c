/* SPDX-License-Identifier: MIT */
/* Operands of emulated instructions: segmentation, paging, RAM or device behind it. */
#include <string.h>
#include <hw/x86.h>
#include "bus.h"
#include "emu_mem.h"
#include "insn_alu.h"
#include "walk.h"

#define ATTR_LONG    (1u << 13)
#define ATTR_BIG     (1u << 14)
#define ATTR_DPL(a)  ((a) >> 5 & 3)
#define SEG_CS 1u
#define SEG_SS 2u
#define SEG_FS 4u

enum insn_mode emu_mode(const struct emu *emu)
{
    const struct vcpu_context *context = &emu->page->context;

    if ((context->efer & EFER_LMA) && (context->cs_attr & ATTR_LONG))
        return INSN_64;
    return context->cs_attr & ATTR_BIG ? INSN_32 : INSN_16;
}

bool emu_raise(struct emu *emu, uint8_t vector, bool has_error, uint32_t error)
{
    emu->fault = (struct emu_fault){ .vector = vector, .has_error = has_error, .error = error };
    return false;
}

static bool page_fault(struct emu *emu, uint64_t linear, uint32_t error)
{
    emu->fault = (struct emu_fault){ .vector = X86_PF, .has_error = true, .error = error, .has_cr2 = true,
                                     .cr2 = linear };
    return false;
}

static bool canonical(uint64_t address)
{
    return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

bool emu_linear(struct emu *emu, unsigned seg, uint64_t offset, unsigned addr_size, unsigned size,
                uint64_t *linear)
{
    uint64_t base = emu->page->context.seg_base[seg];

    offset = alu_trim(offset, addr_size);
    if (emu->mode != INSN_64) {
        *linear = (uint32_t)(base + offset);
        return true;
    }
    *linear = (seg >= SEG_FS ? base : 0) + offset;
    if (canonical(*linear) && canonical(*linear + size - 1))
        return true;
    return emu_raise(emu, seg == SEG_SS ? X86_SS : X86_GP, true, 0);
}

static bool walk(struct emu *emu, uint64_t linear, unsigned access, uint64_t *gpa, struct walk_trace *trace)
{
    const struct vcpu_context *context = &emu->page->context;
    struct walk_space space = { emu->mem, context->cr0, context->cr3, context->cr4, context->efer,
                                context->rflags, emu->phys_bits };
    uint32_t error = 0;

    if (ATTR_DPL(context->ss_attr) == 3)
        access |= WALK_USER;
    if (walk_traced(&space, linear, access, gpa, &error, trace))
        return true;
    return page_fault(emu, linear, error);
}

static bool translate(struct emu *emu, uint64_t linear, unsigned access, uint64_t *gpa)
{
    if (emu->mode != INSN_64)
        linear = (uint32_t)linear;
    if ((linear & ~(MEM_PAGE - 1)) == emu->known_linear &&
        ((access == 0 && emu->known_read) || (access == WALK_WRITE && emu->known_write))) {
        *gpa = emu->known_gpa | (linear & (MEM_PAGE - 1));
        return true;
    }
    return walk(emu, linear, access, gpa, NULL);
}

bool emu_span(struct emu *emu, uint64_t linear, unsigned size, unsigned access, struct emu_span *span)
{
    unsigned first = MEM_PAGE - (unsigned)(linear & (MEM_PAGE - 1));

    span->bytes[0] = first < size ? first : size;
    span->bytes[1] = size - span->bytes[0];
    if (!translate(emu, linear, access, &span->gpa[0]))
        return false;
    return span->bytes[1] == 0 || translate(emu, linear + span->bytes[0], access, &span->gpa[1]);
}

/* Device accesses go out in natural pieces: 1, 2, 4 or 8 bytes, as large as size and alignment allow. */
static unsigned natural_piece(uint64_t gpa, unsigned left)
{
    unsigned piece = 8;

    while (piece > left || (gpa & (piece - 1)) != 0)
        piece /= 2;
    return piece;
}

static uint64_t piece_read(struct emu *emu, uint64_t gpa, unsigned bytes)
{
    uint64_t value = 0;

    if (mem_read(emu->mem, gpa, &value, bytes))
        return value;
    if ((bytes & (bytes - 1)) == 0) /* a misaligned access reaches the device as it is */
        return emu->bus->mmio_read(emu->bus->ctx, gpa, bytes) & bus_ones(bytes);
    for (unsigned done = 0, piece; done < bytes; done += piece) {
        piece = natural_piece(gpa + done, bytes - done);
        value |= (emu->bus->mmio_read(emu->bus->ctx, gpa + done, piece) & bus_ones(piece)) << (8 * done);
    }
    return value;
}

static void piece_write(struct emu *emu, uint64_t gpa, unsigned bytes, uint64_t value)
{
    if (mem_write(emu->mem, gpa, &value, bytes))
        return;
    if ((bytes & (bytes - 1)) == 0) {
        emu->bus->mmio_write(emu->bus->ctx, gpa, bytes, value & bus_ones(bytes));
        return;
    }
    for (unsigned done = 0, piece; done < bytes; done += piece) {
        piece = natural_piece(gpa + done, bytes - done);
        emu->bus->mmio_write(emu->bus->ctx, gpa + done, piece, value >> (8 * done) & bus_ones(piece));
    }
}

uint64_t emu_span_read(struct emu *emu, const struct emu_span *span)
{
    uint64_t value = piece_read(emu, span->gpa[0], span->bytes[0]);

    if (span->bytes[1] != 0)
        value |= piece_read(emu, span->gpa[1], span->bytes[1]) << (8 * span->bytes[0]);
    return value;
}

void emu_span_write(struct emu *emu, const struct emu_span *span, uint64_t value)
{
    piece_write(emu, span->gpa[0], span->bytes[0], value);
    if (span->bytes[1] != 0)
        piece_write(emu, span->gpa[1], span->bytes[1], value >> (8 * span->bytes[0]));
}

static void fetch_piece(struct emu *emu, uint64_t gpa, unsigned bytes)
{
    if (!mem_read(emu->mem, gpa, emu->bytes + emu->byte_count, bytes))
        memset(emu->bytes + emu->byte_count, 0xff, bytes); /* code in no memory reads as all ones */
    emu->byte_count += bytes;
}

bool emu_fetch(struct emu *emu, bool *faulted_later)
{
    const struct vcpu_context *context = &emu->page->context;
    uint64_t linear = emu->mode == INSN_64 ? context->rip : (uint32_t)(context->seg_base[SEG_CS] + context->rip);
    unsigned first = MEM_PAGE - (unsigned)(linear & (MEM_PAGE - 1));
    uint64_t gpa;

    *faulted_later = false;
    emu->byte_count = 0;
    emu->code.valid = false;
    if (!walk(emu, linear, WALK_EXEC, &gpa, &emu->code.trace))
        return false;
    fetch_piece(emu, gpa, first < INSN_MAX ? first : INSN_MAX);
    if (first >= INSN_MAX) {
        emu->code.at = first >= INSN_WINDOW ? mem_ptr(emu->mem, gpa, INSN_WINDOW) : NULL;
        return true;
    }
    emu->code.at = NULL;
    /* Whether the next page matters is known only when the instruction turns out to reach it. */
    if (translate(emu, linear + first, WALK_EXEC, &gpa))
        fetch_piece(emu, gpa, INSN_MAX - first);
    else
        *faulted_later = true;
    return true;
}

static bool same_bytes(const struct emu_code *code)
{
    uint64_t now[2];

    memcpy(now, code->at, sizeof(now));
    return now[0] == code->bytes[0] && now[1] == code->bytes[1];
}

bool emu_code_same(struct emu *emu)
{
    const struct vcpu_context *now = &emu->page->context, *then = &emu->code.context;
    uint64_t differences = (now->rip ^ then->rip) | (now->cr3 ^ then->cr3) | (now->cr0 ^ then->cr0) |
                           (now->cr4 ^ then->cr4) | (now->efer ^ then->efer) |
                           (now->seg_base[SEG_CS] ^ then->seg_base[SEG_CS]) | (now->cs_attr ^ then->cs_attr) |
                           (now->ss_attr ^ then->ss_attr);

    if (!emu->code.valid || differences != 0 || !walk_unchanged(&emu->code.trace) || !same_bytes(&emu->code))
        return false;
    emu->insn = emu->code.insn;
    return true;
}

void emu_code_keep(struct emu *emu)
{
    if (emu->code.at == NULL)
        return;
    memcpy(emu->code.bytes, emu->code.at, sizeof(emu->code.bytes));
    /* What was decoded came from the first 15 of these bytes, if nobody wrote there meanwhile. */
    emu->code.valid = memcmp(emu->code.bytes, emu->bytes, INSN_MAX) == 0;
    emu->code.context = emu->page->context;
    emu->code.insn = emu->insn;
}

uint64_t emu_get(const struct emu *emu, unsigned reg, unsigned size)
{
    if (insn_is_high_byte(&emu->insn, reg, size))
        return emu->page->gpr[reg - 4] >> 8 & 0xff;
    return alu_trim(emu->page->gpr[reg & 15], size);
}

void emu_set(struct emu *emu, unsigned reg, unsigned size, uint64_t value)
{
    uint64_t *slot = &emu->page->gpr[reg & 15];

    if (insn_is_high_byte(&emu->insn, reg, size)) {
        slot = &emu->page->gpr[reg - 4];
        *slot = (*slot & ~0xff00ull) | (value & 0xff) << 8;
    } else if (size >= 4) {
        *slot = alu_trim(value, size);
    } else {
        *slot = (*slot & ~bus_ones(size)) | (value & bus_ones(size));
    }
}
