// SPDX-License-Identifier: MIT
// Page tables (SDM vol. 3, 4.5): the kernel's half, shared by all, and one space a partition.
#include <lib/string.h>
#include <sys/log.h>
#include "memory.h"

#define ENTRIES 512u

static struct tables kernel_tables = { .account = &kmem_root, .link = PTE_P | PTE_W, .top_entries = ENTRIES };
uint64_t kernel_pml4_hpa;
static uint64_t device_next = DEVICE_VA;

enum status ptab_map_kernel(uint64_t va, uint64_t pa, uint64_t bytes, uint64_t flags)
{
    for (uint64_t at = 0; at < bytes; at += PAGE_BYTES) {
        uint64_t *entry;
        enum status status = tables_entry(&kernel_tables, va + at, 0, &entry);
        if (status != OK)
            return status;
        *entry = (pa + at) | PTE_P | PTE_G | flags;
        x86_invlpg(va + at);
    }
    return OK;
}

void ptab_init(const struct boot_info *boot)
{
    uint64_t *entry;

    kernel_pml4_hpa = boot->pml4;
    kernel_tables.top = kmem_va((hpa_t){ boot->pml4 });
    // The slot's table must exist before the first space copies the kernel half.
    if (tables_entry(&kernel_tables, KERNEL_SLOT_VA, 18, &entry) != OK)
        sys_panic("no kernel memory for page tables");
}

void ptab_drop_low_half(void)
{
    memset(kernel_tables.top, 0, PAGE_BYTES / 2);
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

// The entry of a 2 MiB page, made for each CPU at boot: the window through which it clears frames.
uint64_t *ptab_window(unsigned cpu)
{
    uint64_t *entry;

    if (tables_entry(&kernel_tables, WINDOW_VA + cpu * WINDOW_BYTES, 9, &entry) != OK)
        sys_panic("no kernel memory for a zeroing window");
    return entry;
}

// A partition's RAM is mapped in ring 0 only here and only while it is being cleared.
void ptab_zero_frames(uint64_t frame, uint64_t count)
{
    uint64_t va = WINDOW_VA + this_cpu()->index * WINDOW_BYTES;
    uint64_t *entry = ptab_window(this_cpu()->index);

    while (count > 0) {
        uint64_t first = frame % ENTRIES;
        uint64_t pages = count < ENTRIES - first ? count : ENTRIES - first;
        *entry = (frame - first) * PAGE_BYTES | PTE_P | PTE_W | PTE_PS | PTE_NX;
        memset((void *)(va + first * PAGE_BYTES), 0, pages * PAGE_BYTES);
        *entry = 0;
        x86_invlpg(va);
        frame += pages;
        count -= pages;
    }
}

enum status ptab_create(struct part *part)
{
    enum status status = tables_init(&part->tables, &part->account, PTE_P | PTE_W | PTE_U, ENTRIES / 2);

    if (status != OK)
        return status;
    memcpy(part->tables.top + ENTRIES / 2, kernel_tables.top + ENTRIES / 2, PAGE_BYTES / 2);
    part->cr3 = kmem_hpa(part->tables.top).v;
    return OK;
}

uint64_t ptab_flags(uint32_t prot)
{
    return PTE_P | PTE_U | (prot & MAP_WRITE ? PTE_W : 0) | (prot & MAP_EXEC ? 0 : PTE_NX);
}
