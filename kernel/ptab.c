// SPDX-License-Identifier: MIT
// Page tables (SDM vol. 3, 4.5): the kernel's half, shared by all, and one space a partition.
#include <lib/string.h>
#include <sys/log.h>
#include "memory.h"

#define ENTRIES 512u
#define PROT_TABLE (PTE_P | PTE_W | PTE_U)

static uint64_t *kernel_pml4;
uint64_t kernel_pml4_hpa;
static uint64_t device_next = DEVICE_VA;

static unsigned index_at(uint64_t va, unsigned level) // level 3 = PML4 ... 0 = page table
{
    return (va >> (12 + 9 * level)) & (ENTRIES - 1);
}

static uint64_t *table_of(uint64_t entry)
{
    return kmem_va((hpa_t){ entry & PTE_ADDRESS });
}

// Walks down to the table of `level`; makes missing tables from account, or stops at NULL.
static uint64_t *walk(uint64_t *pml4, uint64_t va, unsigned level, struct account *account, uint64_t flags)
{
    uint64_t *table = pml4;

    for (unsigned l = 3; l > level; l--) {
        uint64_t *entry = &table[index_at(va, l)];
        if (!(*entry & PTE_P)) {
            void *page = account ? sys_page_alloc(account) : NULL;
            if (!page)
                return NULL;
            *entry = kmem_hpa(page).v | flags;
        }
        if (*entry & PTE_PS)
            return NULL;
        table = table_of(*entry);
    }
    return table;
}

enum status ptab_map_kernel(uint64_t va, uint64_t pa, uint64_t bytes, uint64_t flags)
{
    for (uint64_t at = 0; at < bytes; at += PAGE_BYTES) {
        uint64_t *table = walk(kernel_pml4, va + at, 0, &kmem_root, PTE_P | PTE_W);
        if (!table)
            return ERR_NO_KMEM;
        table[index_at(va + at, 0)] = (pa + at) | PTE_P | PTE_G | flags;
        x86_invlpg(va + at);
    }
    return OK;
}

void ptab_init(const struct boot_info *boot)
{
    kernel_pml4_hpa = boot->pml4;
    kernel_pml4 = kmem_va((hpa_t){ boot->pml4 });
    // The slot's table must exist before the first space copies the kernel half.
    if (!walk(kernel_pml4, KERNEL_SLOT_VA, 2, &kmem_root, PTE_P | PTE_W))
        sys_panic("no kernel memory for page tables");
}

void ptab_drop_low_half(void)
{
    memset(kernel_pml4, 0, PAGE_BYTES / 2);
    x86_write_cr4(x86_read_cr4() & ~CR4_PGE); // global entries go, too
    x86_write_cr4(x86_read_cr4() | CR4_PGE);
}

volatile void *ptab_map_device(uint64_t pa, uint64_t bytes, uint64_t cache_flags)
{
    uint64_t offset = pa % PAGE_BYTES;
    uint64_t va = device_next;

    bytes = (offset + bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
    if (ptab_map_kernel(va, pa - offset, bytes, PTE_W | PTE_NX | cache_flags) != OK)
        sys_panic("no kernel memory to map a device");
    device_next += bytes + PAGE_BYTES;
    return (volatile void *)(va + offset);
}

void ptab_window_create(unsigned cpu)
{
    if (!walk(kernel_pml4, WINDOW_VA + cpu * WINDOW_BYTES, 1, &kmem_root, PTE_P | PTE_W))
        sys_panic("no kernel memory for a zeroing window");
}

// A partition's RAM is mapped in ring 0 only here and only while it is being cleared.
void ptab_zero_frames(uint64_t frame, uint64_t count)
{
    uint64_t va = WINDOW_VA + this_cpu()->index * WINDOW_BYTES;
    uint64_t *table = walk(kernel_pml4, va, 1, NULL, 0);

    while (count > 0) {
        uint64_t first = frame % ENTRIES;
        uint64_t pages = count < ENTRIES - first ? count : ENTRIES - first;
        table[index_at(va, 1)] = (frame - first) * PAGE_BYTES | PTE_P | PTE_W | PTE_PS | PTE_NX;
        memset((void *)(va + first * PAGE_BYTES), 0, pages * PAGE_BYTES);
        table[index_at(va, 1)] = 0;
        x86_invlpg(va);
        frame += pages;
        count -= pages;
    }
}

uint64_t *ptab_create(struct account *account)
{
    uint64_t *pml4 = sys_page_alloc(account);

    if (pml4)
        memcpy(pml4 + ENTRIES / 2, kernel_pml4 + ENTRIES / 2, PAGE_BYTES / 2);
    return pml4;
}

enum status ptab_map(struct part *part, uint64_t va, uint64_t pa, unsigned order, uint32_t prot)
{
    unsigned level = order == 9 ? 1 : 0;
    uint64_t flags = PTE_P | PTE_U | (prot & MAP_WRITE ? PTE_W : 0) | (prot & MAP_EXEC ? 0 : PTE_NX);
    uint64_t *table = part->pml4;

    for (unsigned l = 3; l > level; l--) {
        uint64_t *entry = &table[index_at(va, l)];
        if ((*entry & PTE_P) && (*entry & PTE_PS))
            return ERR_EXISTS;
        if (!(*entry & PTE_P)) {
            void *page = sys_page_alloc(&part->account);
            if (!page)
                return ERR_NO_KMEM;
            *entry = kmem_hpa(page).v | PROT_TABLE;
        }
        table = table_of(*entry);
    }
    uint64_t *leaf = &table[index_at(va, level)];
    if (*leaf & PTE_P)
        return ERR_EXISTS; // a page, or a table of smaller ones: holes in it are not looked for
    *leaf = pa | flags | (level ? PTE_PS : 0);
    return OK;
}

enum status ptab_unmap(struct part *part, uint64_t va, uint64_t bytes, uint64_t *pa, unsigned *order)
{
    uint64_t *table = part->pml4;

    for (unsigned l = 3;; l--) {
        uint64_t *entry = &table[index_at(va, l)];
        *order = 9 * l;
        if (!(*entry & PTE_P))
            return ERR_NOT_FOUND;
        if (l == 0 || (*entry & PTE_PS)) {
            if (va & ((PAGE_BYTES << *order) - 1) || bytes < PAGE_BYTES << *order)
                return ERR_INVALID;
            *pa = *entry & PTE_ADDRESS & ~((PAGE_BYTES << *order) - 1);
            *entry = 0;
            return OK;
        }
        table = table_of(*entry);
    }
}

// Frees one lowest table a call, so that the time is bounded.
static bool free_one(struct part *part, uint64_t *table, unsigned level)
{
    unsigned count = level == 3 ? ENTRIES / 2 : ENTRIES;

    for (unsigned i = 0; i < count; i++) {
        if (!(table[i] & PTE_P))
            continue;
        if (level == 1 || !free_one(part, table_of(table[i]), level - 1)) {
            sys_page_free(&part->account, table_of(table[i]));
            table[i] = 0;
        }
        return true;
    }
    return false;
}

bool ptab_destroy(struct part *part)
{
    if (part->pml4 && free_one(part, part->pml4, 3))
        return false;
    if (part->pml4)
        sys_page_free(&part->account, part->pml4);
    part->pml4 = NULL;
    return true;
}
