/* SPDX-License-Identifier: MIT */
/* Walk of 32-bit, PAE and 4-level page tables, with permissions, reserved bits, A and D. */
#include <hw/emulate.h>
#include "walk.h"


/* How the entries of a paging mode look. */
struct walk_mode {
    unsigned levels;
    unsigned entry_bytes;
    uint8_t shift[WALK_LEVELS];
};

/* Everything below takes the mode as a constant: three walks are compiled, each without the others' cases. */
#define SPECIALISED static inline __attribute__((always_inline))

static const struct walk_mode mode_32 = { 2, 4, { 22, 12 } };
static const struct walk_mode mode_pae = { 3, 8, { 30, 21, 12 } };
static const struct walk_mode mode_4level = { 4, 8, { 39, 30, 21, 12 } };

struct walk_state {
    const struct walk_space *space;
    uint64_t too_high;            /* address bits that this CPU does not have */
    void *slot[WALK_LEVELS];       /* entries on the way; NULL: in no RAM */
    unsigned depth;
    uint64_t granted;             /* PTE_W and PTE_U of all levels */
    uint64_t denied;              /* PTE_NX of any level */
    uint64_t leaf;
    unsigned leaf_shift;
};

/* PDPTEs of PAE paging hold no permissions and are not subject to A. */
SPECIALISED bool is_pdpte(const struct walk_mode *mode, unsigned level)
{
    return mode == &mode_pae && level == 0;
}

SPECIALISED bool is_large(const struct walk_state *walk, const struct walk_mode *mode, unsigned level,
                          uint64_t entry)
{
    if (level + 1 == mode->levels)
        return true;
    if (!(entry & PTE_PS) || mode->shift[level] > 30 || is_pdpte(mode, level))
        return false;
    return mode != &mode_32 || (walk->space->cr4 & CR4_PSE);
}

/* Bits that must be zero in an entry (SDM vol. 3, tables 4-4 to 4-20). */
SPECIALISED uint64_t reserved_bits(const struct walk_state *walk, const struct walk_mode *mode, unsigned level,
                                   bool leaf)
{
    unsigned shift = mode->shift[level];
    uint64_t bits = walk->too_high;

    if (mode == &mode_32)
        return leaf && level == 0 ? 1ull << 21 : 0; /* PSE-36: bits 20:13 are address bits 39:32 */
    if (is_pdpte(mode, level))
        return walk->too_high | 0xfff0000000000000ull | 0x1e6;
    if (!(walk->space->efer & EFER_NXE))
        bits |= PTE_NX;
    if (mode == &mode_pae)
        bits |= 0x7ff0000000000000ull;
    if (leaf && shift > 12)
        bits |= ((1ull << shift) - 1) & ~0x1fffull;
    if (!leaf && shift > 30)
        bits |= PTE_PS;
    return bits;
}

/* Take one entry's permissions into account; false with the fault in *error. */
SPECIALISED bool take_entry(struct walk_state *walk, const struct walk_mode *mode, unsigned level,
                            uint64_t entry, uint32_t *error)
{
    bool leaf = is_large(walk, mode, level, entry);

    if (!(entry & PTE_P))
        return false;
    if (entry & reserved_bits(walk, mode, level, leaf)) {
        *error |= WALK_ERROR_PRESENT | WALK_ERROR_RESERVED;
        return false;
    }
    if (!is_pdpte(mode, level)) {
        walk->granted &= entry;
        walk->denied |= entry;
    }
    if (leaf) {
        walk->leaf = entry;
        walk->leaf_shift = mode->shift[level];
    }
    return true;
}

SPECIALISED uint64_t read_entry(struct walk_state *walk, const struct walk_mode *mode, uint64_t gpa)
{
    void *slot = mem_ptr(walk->space->mem, gpa, mode->entry_bytes);

    walk->slot[walk->depth++] = slot;
    if (mode == &mode_32)
        return slot != NULL ? __atomic_load_n((uint32_t *)slot, __ATOMIC_RELAXED) : UINT32_MAX;
    return slot != NULL ? __atomic_load_n((uint64_t *)slot, __ATOMIC_RELAXED) : UINT64_MAX;
}

SPECIALISED bool descend(struct walk_state *walk, const struct walk_mode *mode, uint64_t linear,
                         uint32_t *error)
{
    uint64_t index_mask = mode == &mode_32 ? 1023 : 511, entry, gpa;
    uint64_t table = walk->space->cr3 &
                     (mode == &mode_pae ? 0xffffffe0ull : mode == &mode_32 ? 0xfffff000ull : PTE_ADDRESS);

    for (unsigned level = 0; walk->leaf_shift == 0; level++) {
        gpa = table + (linear >> mode->shift[level] & index_mask) * mode->entry_bytes;
        entry = read_entry(walk, mode, gpa);
        if (!take_entry(walk, mode, level, entry, error))
            return false;
        table = entry & PTE_ADDRESS;
    }
    return true;
}

/* Access rights of the whole translation (SDM vol. 3, 4.6.1). */
static bool permitted(const struct walk_state *walk, unsigned access)
{
    const struct walk_space *space = walk->space;
    bool user = walk->granted & PTE_U, writable = walk->granted & PTE_W;

    if (access & WALK_EXEC) {
        if (walk->denied & PTE_NX)
            return false;
        return access & WALK_USER ? user : !(user && (space->cr4 & CR4_SMEP));
    }
    if (access & WALK_USER)
        return user && (writable || !(access & WALK_WRITE));
    if (user && (space->cr4 & CR4_SMAP) && !(space->rflags & RFLAGS_AC))
        return false;
    return writable || !(access & WALK_WRITE) || !(space->cr0 & CR0_WP);
}

/* Accessed and dirty bits lie in the low half of an entry in all formats. */
SPECIALISED void mark_used(const struct walk_state *walk, const struct walk_mode *mode, unsigned access)
{
    for (unsigned i = is_pdpte(mode, 0) ? 1 : 0; i < walk->depth; i++) {
        uint32_t bits = i + 1 == walk->depth && (access & WALK_WRITE) ? PTE_A | PTE_D : PTE_A;
        uint32_t *low = walk->slot[i];

        if (low != NULL && (__atomic_load_n(low, __ATOMIC_RELAXED) & bits) != bits)
            __atomic_fetch_or(low, bits, __ATOMIC_SEQ_CST);
    }
}

SPECIALISED uint64_t leaf_address(const struct walk_state *walk, const struct walk_mode *mode, uint64_t linear)
{
    uint64_t offset = linear & ((1ull << walk->leaf_shift) - 1);
    uint64_t frame = walk->leaf & PTE_ADDRESS & ~((1ull << walk->leaf_shift) - 1);

    if (mode == &mode_32 && walk->leaf_shift == 22)
        frame = (walk->leaf & 0xffc00000) | (walk->leaf >> 13 & 0xff) << 32;
    return frame | offset;
}

static uint64_t entry_value(const void *slot, unsigned bytes)
{
    return bytes == 4 ? __atomic_load_n((const uint32_t *)slot, __ATOMIC_RELAXED)
                      : __atomic_load_n((const uint64_t *)slot, __ATOMIC_RELAXED);
}

static void fill_trace(struct walk_trace *trace, const struct walk_state *walk, const struct walk_mode *mode)
{
    trace->depth = walk->depth;
    trace->entry_bytes = mode->entry_bytes;
    for (unsigned i = 0; i < walk->depth; i++) {
        trace->slot[i] = walk->slot[i];
        trace->value[i] = walk->slot[i] != NULL ? entry_value(walk->slot[i], mode->entry_bytes) : 0;
    }
}

bool walk_unchanged(const struct walk_trace *trace)
{
    for (unsigned i = 0; i < trace->depth; i++)
        if (trace->slot[i] == NULL || entry_value(trace->slot[i], trace->entry_bytes) != trace->value[i])
            return false;
    return true;
}

SPECIALISED bool walk_in(const struct walk_space *space, const struct walk_mode *mode, uint64_t linear,
                         unsigned access, uint64_t *gpa, uint32_t *error, struct walk_trace *trace)
{
    struct walk_state walk = { .space = space, .granted = PTE_W | PTE_U,
                               .too_high = PTE_ADDRESS & ~((1ull << space->phys_bits) - 1) };

    if (!descend(&walk, mode, linear, error))
        return false;
    if (!permitted(&walk, access)) {
        *error |= WALK_ERROR_PRESENT;
        return false;
    }
    mark_used(&walk, mode, access);
    if (trace != NULL)
        fill_trace(trace, &walk, mode);
    *gpa = leaf_address(&walk, mode, linear);
    return true;
}

bool walk_traced(const struct walk_space *space, uint64_t linear, unsigned access, uint64_t *gpa,
                 uint32_t *error, struct walk_trace *trace)
{
    bool reports_fetch = (space->cr4 & CR4_SMEP) || ((space->cr4 & CR4_PAE) && (space->efer & EFER_NXE));

    if (!(space->cr0 & CR0_PG)) {
        *gpa = linear & UINT32_MAX;
        if (trace != NULL)
            trace->depth = 0;
        return true;
    }
    *error = access & (WALK_WRITE | WALK_USER | (reports_fetch ? WALK_EXEC : 0));
    if (!(space->cr4 & CR4_PAE))
        return walk_in(space, &mode_32, linear, access, gpa, error, trace);
    if (space->efer & EFER_LMA)
        return walk_in(space, &mode_4level, linear, access, gpa, error, trace);
    return walk_in(space, &mode_pae, linear, access, gpa, error, trace);
}

bool walk_translate(const struct walk_space *space, uint64_t linear, unsigned access, uint64_t *gpa,
                    uint32_t *error)
{
    return walk_traced(space, linear, access, gpa, error, NULL);
}
