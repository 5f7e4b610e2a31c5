/* SPDX-License-Identifier: MIT */
/* Any file as a guest image, by the loader for pvh: refused with a reason, or loaded inside RAM. */
// sources: vmm/load.c vmm/load_linux.c vmm/load_pvh.c vmm/load_multiboot.c vmm/multiboot_info.c vmm/layout.c vmm/memmap.c vmm/boot_state.c vmm/mem.c lib/elf.c
#include "loader.h"

/* A small valid 64-bit ELF file with the PVH note. */
static void make_template(void)
{
    memcpy(image, "\177ELF\2\1\1", 7);
    put(16, 0x003e0002, 4);
    put(20, 1, 4);
    put(24, 0x100010, 8);
    put(32, 0x40, 8);
    put(54, 56, 2);
    put(56, 2, 2);
    put(0x40, 1, 4);
    put(0x48, 0x400, 8);
    put(0x50, 0x100000, 8);
    put(0x58, 0x100000, 8);
    put(0x60, 0x400, 8);
    put(0x68, 0x500, 8);
    put(0x78, 4, 4);
    put(0x80, 0x200, 8);
    put(0x98, 20, 8);
    put(0xa0, 20, 8);
    put(0x200, 4, 4);
    put(0x204, 4, 4);
    put(0x208, 18, 4);
    memcpy(image + 0x20c, "Xen", 4);
    put(0x210, 0x100020, 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_loader(LOAD_PVH, make_template, data, size);
}
