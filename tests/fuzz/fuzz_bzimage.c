/* SPDX-License-Identifier: MIT */
/* Any file as a guest image, by the loader for bzimage: refused with a reason, or loaded inside RAM. */
// sources: vmm/load.c vmm/load_linux.c vmm/load_pvh.c vmm/load_multiboot.c vmm/multiboot_info.c vmm/layout.c vmm/memmap.c vmm/boot_state.c vmm/mem.c lib/elf.c
#include "loader.h"
#include <fake/bzimage.h>

/* A small valid bzImage. */
static void make_template(void)
{
    fake_bzimage(image, 1);
    put(0x1f4, 0x100, 4);
    image[0x201] = 0x66;
    put(0x230, 0x1000, 4);
    put(0x238, 255, 4);
    put(0x258, 0x100000, 8);
    put(0x260, 0x10000, 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_loader(LOAD_LINUX, make_template, data, size);
}
