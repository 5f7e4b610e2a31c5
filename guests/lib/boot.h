/* SPDX-License-Identifier: MIT */
/* What the boot protocol told: multiboot 1 information and PVH start info, in their own layouts. */
#ifndef GUEST_BOOT_H
#define GUEST_BOOT_H

#include <stdint.h>

#define MULTIBOOT_MAGIC 0x2badb002
#define PVH_MAGIC       0x336ec578

struct multiboot_info { /* Multiboot Specification 0.6.96, 3.3 */
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4];
    uint32_t mmap_length, mmap_addr, drives_length, drives_addr, config_table, loader_name;
};

struct multiboot_module {
    uint32_t start, end, string, reserved;
};

struct multiboot_mmap {
    uint32_t size; /* of the rest */
    uint64_t base, bytes;
    uint32_t type;
} __attribute__((packed));

struct pvh_info { /* Xen public/arch-x86/hvm/start_info.h */
    uint32_t magic, version, flags, module_count;
    uint64_t modules, cmdline, rsdp;
    uint64_t memmap; /* version 1 and up */
    uint32_t memmap_entries, reserved;
};

struct pvh_module {
    uint64_t base, bytes, cmdline, reserved;
};

struct pvh_memmap {
    uint64_t base, bytes;
    uint32_t type, reserved;
};

/* One range of RAM or of something else; type 1 is usable RAM in both protocols. */
struct boot_memory {
    uint64_t base, bytes;
    uint32_t type;
};

const char *boot_cmdline(void);
/* range n of the memory map into *out; 0 behind the last */
int boot_memory(unsigned n, struct boot_memory *out);
uint64_t boot_memory_end(void); /* one past the highest usable RAM below 4 GiB */

#endif
