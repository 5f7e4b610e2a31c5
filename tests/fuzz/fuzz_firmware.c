/* SPDX-License-Identifier: MIT */
/* Any file as a kernel that firmware is to start: refused with a reason, or offered inside its bounds. */
// sources: vmm/load_firmware.c vmm/dev_fwcfg.c vmm/bus.c vmm/load.c vmm/load_linux.c vmm/load_pvh.c vmm/load_multiboot.c vmm/multiboot_info.c vmm/layout.c vmm/memmap.c vmm/boot_state.c vmm/mem.c lib/elf.c
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <vmm/load_firmware.h>

#define RAM 0x200000u
#define ROM 0x10000u

/* Stands for boot_rom.S. */
__asm__(".section .rodata\n.globl boot_rom, boot_rom_setup_bytes, boot_rom_end\n"
        "boot_rom: .fill 98, 1, 0x33\nboot_rom_setup_bytes: .fill 414, 1, 7\nboot_rom_end:\n.text\n");

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void load(const uint8_t *file, size_t size)
{
    static uint8_t *ram, *rom;
    static struct load job;
    static struct fwcfg fwcfg;
    struct vcpu_state state;
    struct mem mem;

    if (ram == NULL) {
        ram = malloc(RAM); /* on the heap: the sanitizer watches its ends */
        rom = calloc(1, ROM);
    }
    mem_init(&mem, ram, RAM);
    mem_take_rom(&mem, ROM);
    memset(&job, 0, sizeof(job));
    job = (struct load){ .mem = &mem, .cmdline = "quiet", .state = &state, .kernel = { "kernel", file, size },
                         .firmware = { "firmware", rom, ROM } };
    fwcfg_reset(&fwcfg, 1);
    if (!load_firmware(&job, &fwcfg) && job.error[0] == 0)
        abort(); /* refused without a reason */
}

/* The input as it is, and with a kernel's marks in it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* exact size, for the sanitizer */

    if (copy == NULL)
        return 0;
    memcpy(copy, data, size);
    load(copy, size);
    if (size > 0x211) {
        copy[0x1fe] = 0x55;
        memcpy(copy + 0x202, "HdrS", 4);
        copy[0x211] |= 1;
        load(copy, size);
    }
    free(copy);
    return 0;
}
