/* SPDX-License-Identifier: MIT */
/* The emulator's operands: registers, effective addresses, linear memory. */
#ifndef VMM_EMU_MEM_H
#define VMM_EMU_MEM_H

#include "emu.h"

/* Places of a memory operand: at most two pieces, when it crosses a page. */
struct emu_span {
    uint64_t gpa[2];
    unsigned bytes[2];
};

enum insn_mode emu_mode(const struct emu *emu);

/* Raise a fault: false, for the caller to return. */
bool emu_raise(struct emu *emu, uint8_t vector, bool has_error, uint32_t error);

/* Linear address of segment:offset for `size` bytes; false = #GP or #SS for one not canonical. */
bool emu_linear(struct emu *emu, unsigned seg, uint64_t offset, unsigned addr_size, unsigned size,
                uint64_t *linear);

/* Translate all of an operand before any of it is touched; access: WALK_* without WALK_USER. */
bool emu_span(struct emu *emu, uint64_t linear, unsigned size, unsigned access, struct emu_span *span);
uint64_t emu_span_read(struct emu *emu, const struct emu_span *span);
void emu_span_write(struct emu *emu, const struct emu_span *span, uint64_t value);

/* Fetch instruction bytes from rip on into emu->bytes; false only when the first byte faults. */
bool emu_fetch(struct emu *emu, bool *faulted_later);

/* Is the instruction at rip the one that was decoded last? Then emu->insn is set. */
bool emu_code_same(struct emu *emu);

/* Remember emu->insn for it, fetched just now. */
void emu_code_keep(struct emu *emu);

/* General registers: size 1 (with AH..BH), 2, 4 (zero-extends), 8. */
uint64_t emu_get(const struct emu *emu, unsigned reg, unsigned size);
void emu_set(struct emu *emu, unsigned reg, unsigned size, uint64_t value);

#endif
