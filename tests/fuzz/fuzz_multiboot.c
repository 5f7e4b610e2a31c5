/* SPDX-License-Identifier: MIT */
/* Any file as a guest image, by the loader for multiboot: refused with a reason, or loaded inside RAM. */
// sources: vmm/load.c vmm/load_linux.c vmm/load_pvh.c vmm/load_multiboot.c vmm/multiboot_info.c vmm/layout.c vmm/memmap.c vmm/boot_state.c vmm/mem.c lib/elf.c
#include "loader.h"

/* A small valid 32-bit ELF file with a multiboot header. */
static void make_template(void)
{
    memcpy(image, "\177ELF\1\1\1", 7);
    put(16, 0x00030002, 4);
    put(20, 1, 4);
    put(24, 0x100010, 4);
    put(28, 0x40, 4);
    put(42, 32, 2);
    put(44, 1, 2);
    put(0x40, 1, 4);
    put(0x44, 0x400, 4);
    put(0x48, 0x100000, 4);
    put(0x4c, 0x100000, 4);
    put(0x50, 0x400, 4);
    put(0x54, 0x500, 4);
    put(0x400, 0x1badb002, 4);
    put(0x404, 0x10003, 4);
    put(0x408, 0u - 0x1badb002u - 0x10003u, 4);
    put(0x40c, 0x100000, 4);
    put(0x410, 0x100000, 4);
    put(0x41c, 0x100010, 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_loader(LOAD_MULTIBOOT, make_template, data, size);
}
