/* SPDX-License-Identifier: MIT */
/*
 * PC firmware: its ROM ends at 4 GiB, and its last 128 KiB lie below 1 MiB too, in RAM, as the
 * shadow that a chip set makes. The CPU starts as after reset (SDM vol. 3, table 9-1). A kernel is
 * handed to the firmware as a boot entry (boot_rom.S) by the real-mode protocol
 * (Documentation/arch/x86/boot.rst of Linux, protocol 2.00 and later).
 */
#include <string.h>
#include <hw/x86.h>
#include "boot_state.h"
#include "load_firmware.h"

#define ROM_UNIT      0x10000u
#define SHADOW_BYTES  0x20000u
#define MIB           0x100000u
#define RESET_BASE    0xffff0000u
#define RESET_RIP     0xfff0u
#define REAL_CODE     0x009bu
#define REAL_DATA     0x0093u
#define REAL_TSS      0x008bu
#define CR0_RESET     (CR0_CD | CR0_NW | CR0_ET)

/* Offsets in the setup header */
enum { H_SETUP_SECTS = 0x1f1, H_BOOT_FLAG = 0x1fe, H_MAGIC = 0x202, H_LOADER = 0x210, H_LOADFLAGS = 0x211,
       H_CODE32 = 0x214, H_HEAP_END = 0x224, H_CMDLINE = 0x228, H_END = 0x22c };

#define LOADED_HIGH    0x01u
#define CAN_USE_HEAP   0x80u
#define LOADER_UNKNOWN 0xffu
#define SETUP_BASE     0x10000u /* SEGMENT of boot_rom.S */
#define SETUP_MAX      0xe000u  /* its STACK; the command line lies behind it */
#define CMDLINE_MAX    512u

extern const uint8_t boot_rom[], boot_rom_setup_bytes[], boot_rom_end[];

bool firmware_usable(struct load *load)
{
    uint64_t size = load->firmware.size;

    return (size != 0 && size % ROM_UNIT == 0 && size <= FIRMWARE_MAX) ||
           load_fail(load, &load->firmware, "has 0x%llx bytes; firmware has a multiple of 64 KiB, at most 8 MiB",
                     (unsigned long long)size);
}

static void reset_state(struct load *load)
{
    struct vcpu_state *state = load->state;
    struct vcpu_segment data = { .limit = 0xffff, .attr = REAL_DATA };

    boot_state_init(state);
    state->es = state->ss = state->ds = state->fs = state->gs = data;
    state->cs = (struct vcpu_segment){ .base = RESET_BASE, .limit = 0xffff, .attr = REAL_CODE, .selector = 0xf000 };
    state->tr = (struct vcpu_segment){ .limit = 0xffff, .attr = REAL_TSS };
    state->gdt_limit = state->idt_limit = 0xffff;
    state->cr0 = CR0_RESET;
    state->rip = RESET_RIP;
    state->fpu_control = FPU_RESET;
    state->gpr[GPR_RDX] = load->signature;
}

static void place_rom(struct load *load)
{
    const struct load_file *file = &load->firmware;
    uint64_t shadow = file->size < SHADOW_BYTES ? file->size : SHADOW_BYTES;

    memcpy(load->mem->rom, file->bytes, file->size);
    mem_write(load->mem, MIB - shadow, file->bytes + file->size - shadow, shadow);
}

static bool judge_kernel(struct load *load, uint64_t *setup_bytes)
{
    const struct load_file *file = &load->kernel;
    const uint8_t *header = load_bytes(file, 0, H_END);

    if (header == NULL || header[H_BOOT_FLAG] != 0x55 || memcmp(header + H_MAGIC, "HdrS", 4) != 0)
        return load_fail(load, file, "firmware starts only kernels with a real-mode part (boot flag 0xaa55, HdrS)");
    if (!(header[H_LOADFLAGS] & LOADED_HIGH))
        return load_fail(load, file, "a zImage (loaded below 1 MiB), not a bzImage");
    *setup_bytes = ((header[H_SETUP_SECTS] ? header[H_SETUP_SECTS] : 4) + 1) * 512u;
    if (*setup_bytes > SETUP_MAX || *setup_bytes >= file->size)
        return load_fail(load, file, "corrupt: a real-mode part of 0x%llx bytes in a file of 0x%llx",
                         (unsigned long long)*setup_bytes, (unsigned long long)file->size);
    if (strlen(load->cmdline) >= CMDLINE_MAX)
        return load_fail(load, file, "the command line has more than %u characters", CMDLINE_MAX - 1);
    if (load->module_count != 0)
        return load_fail(load, &load->module[0].file, "a kernel that firmware starts gets no initrd and no modules");
    return true;
}

/* The real-mode part with the loader's fields filled in, and the command line. */
static uint32_t make_setup(const struct load *load, uint64_t setup_bytes, uint8_t *setup)
{
    uint32_t cmdline = SETUP_BASE + SETUP_MAX, code = MIB;

    memset(setup, 0, SETUP_MAX);
    memcpy(setup, load->kernel.bytes, setup_bytes);
    setup[H_LOADER] = LOADER_UNKNOWN;
    setup[H_LOADFLAGS] |= CAN_USE_HEAP;
    setup[H_HEAP_END] = (SETUP_MAX - 0x200) & 0xff;
    setup[H_HEAP_END + 1] = (SETUP_MAX - 0x200) >> 8;
    memcpy(setup + H_CODE32, &code, 4);
    memcpy(setup + H_CMDLINE, &cmdline, 4);
    strcpy((char *)setup + SETUP_MAX, load->cmdline);
    return SETUP_MAX + (uint32_t)strlen(load->cmdline) + 1;
}

/* All bytes of an option ROM add up to 0. */
static void make_boot_rom(uint8_t *rom, uint32_t setup_bytes)
{
    size_t bytes = (size_t)(boot_rom_end - boot_rom), at = (size_t)(boot_rom_setup_bytes - boot_rom);
    uint8_t sum = 0;

    memcpy(rom, boot_rom, bytes);
    rom[at] = (uint8_t)setup_bytes;
    rom[at + 1] = (uint8_t)(setup_bytes >> 8);
    for (size_t i = 0; i < bytes; i++)
        sum += rom[i];
    rom[bytes - 1] -= sum;
}

static bool offer_kernel(struct load *load, struct fwcfg *fwcfg)
{
    static uint8_t rom[512], setup[SETUP_MAX + CMDLINE_MAX];
    uint64_t setup_bytes, body;
    uint32_t whole;

    if (!judge_kernel(load, &setup_bytes))
        return false;
    body = load->kernel.size - setup_bytes;
    if (!mem_write(load->mem, MIB, load->kernel.bytes + setup_bytes, body))
        return load_fail(load, &load->kernel, "0x%llx bytes from 1 MiB on do not fit; memory ends at 0x%llx",
                         (unsigned long long)body, (unsigned long long)load->mem->low_bytes);
    whole = make_setup(load, setup_bytes, setup);
    make_boot_rom(rom, whole);
    fwcfg_add(fwcfg, "genroms/kernel.rom", rom, sizeof(rom));
    fwcfg_add(fwcfg, "kernel/setup", setup, whole);
    return true;
}

bool load_firmware(struct load *load, struct fwcfg *fwcfg)
{
    load->error[0] = 0;
    place_rom(load);
    reset_state(load);
    return load->kernel.bytes == NULL || offer_kernel(load, fwcfg);
}
