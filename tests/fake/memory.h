/* SPDX-License-Identifier: MIT */
/* The kernel's memory as after start-up: pool, frames and page tables of a machine with one block of RAM. */
#ifndef FAKE_MEMORY_H
#define FAKE_MEMORY_H

#include <fake/ring0.h>
#include <string.h>

static inline void fake_memory(struct boot_info *boot, uint64_t ram_bytes)
{
    *boot = (struct boot_info){ .kpool_bytes = FAKE_POOL_BYTES, .kpool_base = FAKE_POOL_BASE, .ram_end = ram_bytes, .ram_count = 1 };
    boot->ram[0] = (struct boot_range){ 0x100000, ram_bytes - 0x100000 };
    memset(fake_pool, 0xcc, sizeof(fake_pool));
    kmem_init(boot, frame_tables(boot));
    frame_init(boot);
    kmem_root = (struct account){ .quota = 1000 };
    boot->pml4 = kmem_hpa(sys_page_alloc(&kmem_root)).v;
    ptab_init(boot);
    ptab_window(0);
}

/* A guest's leaves are vmx/'s matter. */
unsigned ept_max_order(void) { return 18; }

uint64_t ept_flags(uint32_t prot) { return prot; }

#endif
