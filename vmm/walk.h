/* SPDX-License-Identifier: MIT */
/* The guest's page tables, walked as the CPU does (SDM vol. 3, chapter 4). */
#ifndef VMM_WALK_H
#define VMM_WALK_H

#include <stdbool.h>
#include <stdint.h>
#include <abi/vcpu_page.h>
#include "mem.h"

#define WALK_WRITE 0x02u /* as in the page-fault error code */
#define WALK_USER  0x04u
#define WALK_EXEC  0x10u

#define WALK_ERROR_PRESENT  0x01u
#define WALK_ERROR_RESERVED 0x08u

struct walk_space {
    const struct mem *mem;
    uint64_t cr0, cr3, cr4, efer, rflags;
    unsigned phys_bits;
};

#define WALK_LEVELS 4

/* The entries that a translation went through, as they were after it: unchanged = still the same. */
struct walk_trace {
    unsigned depth, entry_bytes;
    const void *slot[WALK_LEVELS]; /* NULL: in no RAM */
    uint64_t value[WALK_LEVELS];
};

/*
 * Translate a linear address for an access of WALK_* kind; sets accessed and dirty bits. False:
 * a page fault with *error as its error code. Page-table entries outside RAM read as all ones.
 */
bool walk_translate(const struct walk_space *space, uint64_t linear, unsigned access, uint64_t *gpa,
                    uint32_t *error);

/* The same, and the way it went. */
bool walk_traced(const struct walk_space *space, uint64_t linear, unsigned access, uint64_t *gpa,
                 uint32_t *error, struct walk_trace *trace);
bool walk_unchanged(const struct walk_trace *trace);

#endif
