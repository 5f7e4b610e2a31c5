/* SPDX-License-Identifier: MIT */
/* Walk of 32-bit, PAE and 4-level page tables, with permissions, reserved bits, A and D. */
#include <stddef.h>
#include <hw/x86.h>
#include "walk.h"

#define MAX_LEVELS 4

/* How the entries of a paging mode look. */
struct walk_mode {
    unsigned levels;
    unsigned entry_bytes;
    uint8_t shift[MAX_LEVELS];
};

static const struct walk_mode mode_32 = { 2, 4, { 22, 12 } };
static const struct walk_mode mode_pae = { 3, 8, { 30, 21, 12 } };
static const struct walk_mode mode_4level = { 4, 8, { 39, 30, 21, 12 } };

struct walk_state {
    const struct walk_space *space;
    const struct walk_mode *mode;
    unsigned access;
    uint64_t entry_gpa[MAX_LEVELS];
    unsigned depth;       /* entries read so far */
    bool writable, user, no_exec;
    uint64_t leaf;
    unsigned leaf_shift;
};

static const struct walk_mode *mode_of(const struct walk_space *space)
{
    if (!(space->cr4 & CR4_PAE))
        return &mode_32;
    return space->efer & EFER_LMA ? &mode_4level : &mode_pae;
}

static uint64_t read_entry(const struct walk_space *space, uint64_t gpa, unsigned bytes)
{
    uint64_t entry = 0;

    if (!mem_read(space->mem, gpa, &entry, bytes))
        return bytes == 4 ? UINT32_MAX : UINT64_MAX;
    return entry;
}

/* PDPTEs of PAE paging hold no permissions and are not subject to A. */
static bool is_pdpte(const struct walk_state *walk, unsigned level)
{
    return walk->mode == &mode_pae && level == 0;
}

static bool is_large(const struct walk_state *walk, unsigned level, uint64_t entry)
{
    if (level + 1 == walk->mode->levels)
        return true;
    if (!(entry & PTE_PS) || walk->mode->shift[level] > 30 || is_pdpte(walk, level))
        return false;
    return walk->mode != &mode_32 || (walk->space->cr4 & CR4_PSE);
}

/* Bits that must be zero in an entry (SDM vol. 3, tables 4-4 to 4-20). */
static uint64_t reserved_bits(const struct walk_state *walk, unsigned level, bool leaf)
{
    uint64_t high = PTE_ADDRESS & ~((1ull << walk->space->phys_bits) - 1);
    unsigned shift = walk->mode->shift[level];
    uint64_t bits = high;

    if (walk->mode == &mode_32)
        return leaf && level == 0 ? 1ull << 21 : 0; /* PSE-36: bits 20:13 are address bits 39:32 */
    if (is_pdpte(walk, level))
        return high | 0xfff0000000000000ull | 0x1e6;
    if (!(walk->space->efer & EFER_NXE))
        bits |= PTE_NX;
    if (walk->mode == &mode_pae)
        bits |= 0x7ff0000000000000ull;
    if (leaf && shift > 12)
        bits |= ((1ull << shift) - 1) & ~0x1fffull;
    if (!leaf && shift > 30)
        bits |= PTE_PS;
    return bits;
}

/* Take one entry's permissions into account; false with the fault in *error. */
static bool take_entry(struct walk_state *walk, unsigned level, uint64_t entry, uint32_t *error)
{
    bool leaf = is_large(walk, level, entry);

    if (!(entry & PTE_P))
        return false;
    if (entry & reserved_bits(walk, level, leaf)) {
        *error |= WALK_ERROR_PRESENT | WALK_ERROR_RESERVED;
        return false;
    }
    if (!is_pdpte(walk, level)) {
        walk->writable = walk->writable && (entry & PTE_W);
        walk->user = walk->user && (entry & PTE_U);
        walk->no_exec = walk->no_exec || (walk->mode != &mode_32 && (entry & PTE_NX));
    }
    if (leaf) {
        walk->leaf = entry;
        walk->leaf_shift = walk->mode->shift[level];
    }
    return true;
}

static bool descend(struct walk_state *walk, uint64_t linear, uint32_t *error)
{
    const struct walk_mode *mode = walk->mode;
    uint64_t table = walk->space->cr3 & (mode == &mode_pae ? 0xffffffe0ull : PTE_ADDRESS);
    unsigned index_bits = mode == &mode_32 ? 10 : 9;

    for (unsigned level = 0; level < mode->levels; level++) {
        uint64_t index = linear >> mode->shift[level] & ((1u << index_bits) - 1);
        uint64_t gpa = table + index * mode->entry_bytes, entry;

        if (mode == &mode_32)
            gpa &= UINT32_MAX;
        entry = read_entry(walk->space, gpa, mode->entry_bytes);
        walk->entry_gpa[walk->depth++] = gpa;
        if (!take_entry(walk, level, entry, error))
            return false;
        if (walk->leaf_shift != 0)
            return true;
        table = entry & PTE_ADDRESS;
    }
    return true;
}

/* Access rights of the whole translation (SDM vol. 3, 4.6.1). */
static bool permitted(const struct walk_state *walk)
{
    const struct walk_space *space = walk->space;
    bool user_access = walk->access & WALK_USER;

    if (walk->access & WALK_EXEC) {
        if (walk->no_exec)
            return false;
        return user_access ? walk->user : !(walk->user && (space->cr4 & CR4_SMEP));
    }
    if (user_access)
        return walk->user && (walk->writable || !(walk->access & WALK_WRITE));
    if (walk->user && (space->cr4 & CR4_SMAP) && !(space->rflags & RFLAGS_AC))
        return false;
    return walk->writable || !(walk->access & WALK_WRITE) || !(space->cr0 & CR0_WP);
}

static void set_bits(const struct walk_state *walk, uint64_t gpa, uint32_t bits)
{
    uint32_t *low = mem_ptr(walk->space->mem, gpa, 4);

    if (low != NULL && (__atomic_load_n(low, __ATOMIC_RELAXED) & bits) != bits)
        __atomic_fetch_or(low, bits, __ATOMIC_SEQ_CST);
}

static void mark_used(const struct walk_state *walk)
{
    for (unsigned i = 0; i < walk->depth; i++) {
        bool leaf = i + 1 == walk->depth;

        if (!is_pdpte(walk, i))
            set_bits(walk, walk->entry_gpa[i],
                     (uint32_t)(leaf && (walk->access & WALK_WRITE) ? PTE_A | PTE_D : PTE_A));
    }
}

static uint64_t leaf_address(const struct walk_state *walk, uint64_t linear)
{
    uint64_t offset = linear & ((1ull << walk->leaf_shift) - 1);
    uint64_t frame = walk->leaf & PTE_ADDRESS & ~((1ull << walk->leaf_shift) - 1);

    if (walk->mode == &mode_32 && walk->leaf_shift == 22)
        frame = (walk->leaf & 0xffc00000) | (walk->leaf >> 13 & 0xff) << 32;
    return frame | offset;
}

bool walk_translate(const struct walk_space *space, uint64_t linear, unsigned access, uint64_t *gpa,
                    uint32_t *error)
{
    struct walk_state walk = { .space = space, .mode = mode_of(space), .access = access,
                               .writable = true, .user = true };
    bool reports_fetch = (space->cr4 & CR4_SMEP) || ((space->cr4 & CR4_PAE) && (space->efer & EFER_NXE));

    if (!(space->cr0 & CR0_PG)) {
        *gpa = linear & UINT32_MAX;
        return true;
    }
    *error = access & (WALK_WRITE | WALK_USER | (reports_fetch ? WALK_EXEC : 0));
    if (!descend(&walk, linear, error))
        return false;
    if (!permitted(&walk)) {
        *error |= WALK_ERROR_PRESENT;
        return false;
    }
    mark_used(&walk);
    *gpa = leaf_address(&walk, linear);
    return true;
}
