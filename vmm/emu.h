/* SPDX-License-Identifier: MIT */
/*
 * Execution of one guest instruction that touched device memory or does string I/O: operands are
 * read and written through the guest's page tables, RAM and devices alike.
 */
#ifndef VMM_EMU_H
#define VMM_EMU_H

#include <stdbool.h>
#include <stdint.h>
#include <abi/vcpu_page.h>
#include "insn.h"
#include "mem.h"
#include "walk.h"

/* What lies behind addresses that are not RAM, and the I/O ports. */
struct emu_bus {
    uint64_t (*mmio_read)(void *ctx, uint64_t gpa, unsigned size);
    void (*mmio_write)(void *ctx, uint64_t gpa, unsigned size, uint64_t value);
    uint64_t (*io_read)(void *ctx, uint16_t port, unsigned size);
    void (*io_write)(void *ctx, uint16_t port, unsigned size, uint64_t value);
    void *ctx;
};

enum emu_result {
    EMU_DONE,    /* executed: skip `length` bytes */
    EMU_AGAIN,   /* a part of a repeated instruction is done: run it again as it stands */
    EMU_FAULT,   /* `fault` is to be raised */
    EMU_UNKNOWN, /* outside the decoder: `bytes` holds what was found */
};

struct emu_fault {
    uint8_t vector;
    bool has_error, has_cr2;
    uint32_t error;
    uint64_t cr2;
};

/*
 * The last instruction, decoded. It stands as long as all that led to it is the same: registers,
 * page-table entries (read again each time) and its bytes.
 */
struct emu_code {
    bool valid;
    struct vcpu_context context; /* rip, control registers, segment attributes */
    struct walk_trace trace;
    const uint8_t *at; /* INSN_WINDOW bytes in RAM */
    uint64_t bytes[2];
    struct insn insn;
};
#define INSN_WINDOW 16u

struct emu {
    struct vcpu_page *page; /* gpr[] and context are read and, for results, written */
    const struct mem *mem;
    unsigned phys_bits;
    const struct emu_bus *bus;
    /* a translation that the CPU has just done, by pages: for reads, or for writes too */
    uint64_t known_linear, known_gpa;
    bool known_read, known_write;
    /* results */
    struct emu_code code;
    enum insn_mode mode;
    struct insn insn;
    unsigned length;
    struct emu_fault fault;
    uint8_t bytes[INSN_MAX];
    unsigned byte_count;
};

/* Repetitions of a string instruction done in one go, so that interrupts get their turn. */
#define EMU_MAX_REPEAT 1024u

/* The instruction at context.rip. */
enum emu_result emu_instruction(struct emu *emu);

/* INS or OUTS as exit describes it (EXIT_IO with IO_STRING). */
enum emu_result emu_string_io(struct emu *emu, const struct vcpu_exit *exit);

#endif
