/* SPDX-License-Identifier: MIT */
/*
 * The address space that the kernel starts in (abi/boot_info.h): its image page by page with the
 * rights of its segments, the pool, and the pages of code from which its CPUs switch over to it.
 */
#include "boot.h"

#define PTE_PRESENT 1ul
#define PTE_WRITE   2ul
#define PTE_BIG     (1ul << 7)
#define PTE_NX      (1ul << 63)
#define PTE_ADDRESS 0x000ffffffffff000ul
#define PTE_TABLE   (PTE_PRESENT | PTE_WRITE)

/* The entry for va in the table of a level (4 = PML4, ..., 1 = page table); makes what is missing. */
static uint64_t *entry(struct boot_info *info, uint64_t va, unsigned level)
{
    uint64_t *table = (uint64_t *)info->pml4;

    for (unsigned l = 4;; l--) {
        uint64_t *e = &table[va >> (12 + 9 * (l - 1)) & 511];

        if (l == level)
            return e;
        if (*e == 0)
            *e = (uint64_t)memory_pool_take(info, PAGE) | PTE_TABLE;
        table = (uint64_t *)(*e & PTE_ADDRESS);
    }
}

static void map_segment(struct boot_info *info, const struct boot_segment *s)
{
    uint64_t rights = PTE_PRESENT;

    if (s->flags & SEG_WRITE)
        rights |= PTE_WRITE;
    if (!(s->flags & SEG_EXEC))
        rights |= PTE_NX;
    for (uint64_t page = 0; page < s->pages; page++)
        *entry(info, s->va + page * PAGE, 1) = (s->base + page * PAGE) | rights;
}

void paging_build(struct boot_info *info, const struct program *kernel)
{
    info->pml4 = (uint64_t)memory_pool_take(info, PAGE);
    for (uint32_t i = 0; i < kernel->count; i++)
        map_segment(info, &kernel->segment[i]);
    for (uint64_t at = 0; at < info->kpool_bytes; at += BIG_PAGE)
        *entry(info, KPOOL_VA + at, 2) =
            (info->kpool_base + at) | PTE_PRESENT | PTE_WRITE | PTE_BIG | PTE_NX;
    *entry(info, info->handoff_page, 1) = info->handoff_page | PTE_PRESENT;
    if (info->smp_page != 0)
        *entry(info, info->smp_page, 1) = info->smp_page | PTE_PRESENT;
}
