/* SPDX-License-Identifier: MIT */
/* A machine that starts with firmware: ROM and shadow, reset state, the kernel that it is offered, its questions. */
// sources: vmm/load_firmware.c vmm/dev_fwcfg.c vmm/bus.c vmm/load.c vmm/load_linux.c vmm/load_pvh.c vmm/load_multiboot.c vmm/multiboot_info.c vmm/layout.c vmm/memmap.c vmm/boot_state.c vmm/mem.c lib/elf.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <fake/bzimage.h>
#include <hw/x86.h>
#include <vmm/load_firmware.h>

#define MIB      0x100000ull
#define RAM      (4 * MIB)
#define ROM      0x40000ull
#define KERNEL   0x9000u
#define SETUP    (5u * 512)

/* Stands for boot_rom.S: 512 bytes, the count at 98. */
__asm__(".section .rodata\n.globl boot_rom, boot_rom_setup_bytes, boot_rom_end\n"
        "boot_rom: .byte 0x55, 0xaa, 1\n.fill 95, 1, 0x33\nboot_rom_setup_bytes: .word 0\n"
        ".fill 411, 1, 7\n.byte 0\nboot_rom_end:\n.text\n");

static uint8_t *ram, *rom, *kernel;
static struct mem mem;
static struct vcpu_state state;
static struct load load;
static struct fwcfg fwcfg;
static struct bus io;

static int setup(void **unused)
{
    (void)unused;
    ram = calloc(1, RAM);
    rom = malloc(ROM);
    kernel = calloc(1, KERNEL);
    for (unsigned i = 0; i < ROM; i++)
        rom[i] = (uint8_t)(i >> 8 ^ i);
    fake_bzimage(kernel, 4);
    memset(kernel + SETUP, 0x5a, KERNEL - SETUP);
    mem_init(&mem, ram, RAM);
    mem_take_rom(&mem, ROM);
    memset(&load, 0, sizeof(load));
    load = (struct load){ .mem = &mem, .state = &state, .cmdline = "some words", .signature = 0x50654,
                          .firmware = { "bios", rom, ROM } };
    bus_init(&io, 0xffff);
    fwcfg_reset(&fwcfg, 3);
    fwcfg_attach(&fwcfg, &io);
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    free(ram);
    free(rom);
    free(kernel);
    return 0;
}

static void with_kernel(void)
{
    load.kernel = (struct load_file){ "kernel", kernel, KERNEL };
}

static void ask(uint16_t key, void *answer, unsigned bytes)
{
    bus_write(&io, 0x510, 2, key);
    for (unsigned i = 0; i < bytes; i++)
        ((uint8_t *)answer)[i] = (uint8_t)bus_read(&io, 0x511, 1);
}

static void test_rom(void **unused)
{
    uint8_t byte;

    (void)unused;
    assert_int_equal(mem.bytes, RAM - ROM);
    assert_true(load_firmware(&load, &fwcfg));
    assert_memory_equal(ram + RAM - ROM, rom, ROM);
    assert_memory_equal(ram + MIB - 0x20000, rom + ROM - 0x20000, 0x20000);
    assert_int_equal(ram[MIB - 0x20001], 0);
    assert_null(mem_ptr(&mem, MEM_HIGH_BASE - ROM, 1)); /* not to be written */
    assert_false(mem_write(&mem, MEM_HIGH_BASE - 1, "x", 1));
    assert_true(mem_read(&mem, MEM_HIGH_BASE - 1, &byte, 1));
    assert_int_equal(byte, rom[ROM - 1]);
    assert_false(mem_read(&mem, MEM_HIGH_BASE - 1, &byte, 2));
    assert_false(mem_read(&mem, MEM_HIGH_BASE - ROM - 1, &byte, 1));
}

static void test_reset_state(void **unused)
{
    (void)unused;
    assert_true(load_firmware(&load, &fwcfg));
    assert_int_equal(state.cs.selector, 0xf000);
    assert_int_equal(state.cs.base + state.rip, 0xfffffff0);
    assert_int_equal(state.cr0, 0x60000010);
    assert_int_equal(state.rflags, 2);
    assert_int_equal(state.gpr[GPR_RDX], 0x50654);
    assert_int_equal(state.ds.limit, 0xffff);
    assert_int_equal(state.idt_limit, 0xffff);
}

static void test_sizes(void **unused)
{
    static const uint64_t bad[] = { 0, 1, 0xffff, 0x10001, FIRMWARE_MAX + 0x10000 };

    (void)unused;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        load.firmware.size = bad[i];
        assert_false(firmware_usable(&load));
        assert_non_null(strstr(load.error, "bios: has 0x"));
    }
    load.firmware.size = 0x10000;
    assert_true(firmware_usable(&load));
}

static void test_questions(void **unused)
{
    uint8_t answer[5] = { 0 };

    (void)unused;
    ask(0, answer, 5);
    assert_memory_equal(answer, "QEMU\0", 5); /* zeros behind an item's end */
    ask(5, answer, 3);
    assert_memory_equal(answer, "\3\0\0", 3);
    ask(4, answer, 2);
    assert_memory_equal(answer, "\1\0", 2);
    ask(0x1234, answer, 2);
    assert_memory_equal(answer, "\0\0", 2);
    ask(0x20, answer, 2); /* no file there */
    assert_memory_equal(answer, "\0\0", 2);
    bus_write(&io, 0x510, 1, 0); /* only a word selects */
    ask(1, answer, 1);
    bus_write(&io, 0x511, 1, 0);
    assert_int_equal(bus_read(&io, 0x511, 1), 0);
    assert_int_equal(answer[0], 1);
}

static void test_kernel(void **unused)
{
    uint8_t directory[4 + 2 * 64], file[0xe200], sum = 0;
    uint32_t bytes;

    (void)unused;
    with_kernel();
    assert_true(load_firmware(&load, &fwcfg));
    assert_memory_equal(ram + MIB, kernel + SETUP, KERNEL - SETUP);
    ask(0x19, directory, sizeof(directory));
    assert_memory_equal(directory, "\0\0\0\2\0\0\2\0\0\x20\0\0genroms/kernel.rom", 4 + 8 + 18);
    ask(0x20, file, 512);
    for (unsigned i = 0; i < 512; i++)
        sum += file[i];
    assert_int_equal(sum, 0);
    bytes = file[98] | (uint32_t)file[99] << 8;
    assert_int_equal(bytes, 0xe000 + 11);
    assert_int_equal(directory[4 + 64 + 2] << 8 | directory[4 + 64 + 3], bytes);
    ask(0x21, file, bytes);
    assert_memory_equal(file + 0x202, "HdrS", 4);
    assert_memory_equal(file + 0x210, "\xff\x81", 2);
    assert_memory_equal(file + 0x214, "\0\0\x10\0", 4);
    assert_memory_equal(file + 0x224, "\0\xde", 2);
    assert_memory_equal(file + 0x228, "\0\xe0\1\0", 4);
    assert_string_equal((char *)file + 0xe000, "some words");
}

static void refused(const char *why)
{
    assert_false(load_firmware(&load, &fwcfg));
    if (strstr(load.error, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", load.error, why);
}

static void test_bad_kernels(void **unused)
{
    char words[600];

    (void)unused;
    with_kernel();
    load.kernel.size = 0x22b;
    refused("real-mode part");
    load.kernel.size = SETUP;
    refused("corrupt");
    load.kernel.size = KERNEL;
    kernel[0x1f1] = 0xff;
    refused("corrupt");
    kernel[0x1f1] = 4;
    kernel[0x211] = 0;
    refused("zImage");
    kernel[0x211] = 1;
    kernel[0x202] = 'h';
    refused("HdrS");
    kernel[0x202] = 'H';
    memset(words, 'a', sizeof(words));
    words[512] = 0;
    load.cmdline = words;
    refused("more than 511");
    load.cmdline = "";
    load.module_count = 1;
    refused("no initrd");
    load.module_count = 0;
    mem.low_bytes = MIB + 0x1000;
    refused("do not fit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rom, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset_state, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sizes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_questions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_kernel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_kernels, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
