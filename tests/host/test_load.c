/* SPDX-License-Identifier: MIT */
/* The image loaders: good images land where their protocols say, bad ones are refused with the reason. */
// sources: vmm/load.c vmm/load_linux.c vmm/load_pvh.c vmm/load_multiboot.c vmm/multiboot_info.c vmm/layout.c vmm/memmap.c vmm/boot_state.c vmm/mem.c lib/elf.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <fake/bzimage.h>
#include <hw/x86.h>
#include <vmm/load.h>
#include <vmm/memmap.h>

#define MIB 0x100000ull
#define RAM (64 * MIB)

static uint8_t *ram, *file;
static uint64_t file_size;
static struct mem mem;
static struct vcpu_state state;
static struct load load;

static int setup(void **unused)
{
    (void)unused;
    ram = calloc(1, RAM);
    file = calloc(1, 2 * MIB);
    file_size = 0;
    mem_init(&mem, ram, RAM);
    memset(&state, 0, sizeof(state));
    memset(&load, 0, sizeof(load));
    load = (struct load){ .mem = &mem, .cmdline = "console=ttyS0", .state = &state };
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    free(ram);
    free(file);
    return 0;
}

static bool run(enum load_kind kind)
{
    /* an exact copy, so that the sanitizer sees every byte read behind the file's end */
    uint8_t *copy = malloc(file_size ? file_size : 1);
    bool good;

    memcpy(copy, file, file_size);
    load.kernel = (struct load_file){ "kernel", copy, file_size };
    good = load_image(&load, kind);
    free(copy);
    return good;
}

static void refused(enum load_kind kind, const char *reason)
{
    assert_false(run(kind));
    if (strstr(load.error, reason) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", load.error, reason);
    assert_int_equal(strncmp(load.error, "kernel: ", 8), 0);
}

static void put(unsigned at, uint64_t value, unsigned width)
{
    memcpy(file + at, &value, width);
}

static uint64_t get(uint64_t gpa, unsigned width)
{
    uint64_t value = 0;

    memcpy(&value, ram + gpa, width);
    return value;
}

static void module(unsigned n, const char *name, const char *text, const char *args)
{
    load.module[n] = (struct load_module){ { name, (const uint8_t *)text, strlen(text) }, args };
    load.module_count = n + 1;
}

/* ---------------------------------------------------------------- Linux */
static void make_linux(void)
{
    file_size = 5 * 512 + 0x2000;
    fake_bzimage(file, 4);
    put(0x1f4, 0x200, 4);
    file[0x200] = 0xeb;
    file[0x201] = 0x66;
    put(0x230, 0x200000, 4);
    put(0x238, 2047, 4);
    put(0x258, 16 * MIB, 8);
    put(0x260, 8 * MIB, 4);
    memset(file + 5 * 512, 0x5a, 0x2000);
}

static void test_linux_64(void **unused)
{
    uint64_t zero, cr3;

    (void)unused;
    make_linux();
    module(0, "initrd", "12345", "initrd");
    module(1, "more", "abc", "more");
    assert_true(run(LOAD_AUTO));
    assert_int_equal(state.rip, 16 * MIB + 0x200);
    assert_int_equal(get(16 * MIB, 8), 0x5a5a5a5a5a5a5a5aull);
    zero = state.gpr[GPR_RSI];
    assert_int_equal(get(zero + 0x202, 4), get(zero + 0x202, 4));
    assert_int_equal(get(zero + 0x1fe, 2), 0xaa55);
    assert_int_equal(get(zero + 0x210, 1), 0xff);
    assert_string_equal((char *)ram + get(zero + 0x228, 4), "console=ttyS0");
    assert_int_equal(get(zero + 0x21c, 4), 12);
    assert_memory_equal(ram + get(zero + 0x218, 4), "12345\0\0\0abc", 12);
    assert_int_equal(get(zero + 0x218, 4) % 4096, 0);
    assert_int_equal(get(zero + 0x1e8, 1), 6);
    assert_int_equal(get(zero + 0x2d0 + 8, 8), 0x9fc00);
    assert_int_equal(get(zero + 0x2d0 + 3 * 20, 8), MIB);
    assert_int_equal(get(zero + 0x2d0 + 3 * 20 + 8, 8), RAM - MIB);
    assert_int_equal(get(zero + 0x70, 8), 0xe0000);
    assert_int_equal(state.cs.attr, 0xa09b);
    assert_int_equal(state.cs.selector, 0x10);
    assert_int_equal(state.ds.selector, 0x18);
    assert_true(state.efer & EFER_LMA);
    cr3 = state.cr3;
    assert_int_equal(get(get(cr3, 8) & ~0xfffull, 8) & 1, 1);
    assert_int_equal(get((get((get(cr3, 8) & ~0xfffull) + 24, 8) & ~0xfffull) + 511 * 8, 8), 0xffe00083);
    assert_int_equal(get(state.gdt_base + 16, 8), 0x00af9b000000ffffull);
}

static void test_linux_32_and_moved(void **unused)
{
    (void)unused;
    make_linux();
    put(0x236, 0, 2);
    put(0x258, 1024 * MIB, 8); /* not in RAM: relocatable */
    assert_true(run(LOAD_LINUX));
    assert_int_equal(state.rip, 2 * MIB);
    assert_int_equal(state.cs.attr, 0xc09b);
    assert_false(state.cr0 & CR0_PG);
    assert_int_equal(get(state.gpr[GPR_RSI] + 0x214, 4), 2 * MIB);
}

/* With another value in this field of the header. */
static void linux_refused(unsigned at, uint64_t value, unsigned width, const char *reason)
{
    make_linux();
    put(at, value, width);
    refused(LOAD_LINUX, reason);
}

static void test_linux_refused(void **unused)
{
    (void)unused;
    make_linux();
    file_size = 0x250;
    refused(LOAD_LINUX, "truncated: a bzImage header needs 0x268 bytes, file has 0x250");
    make_linux();
    file_size -= 0x100;
    refused(LOAD_LINUX, "truncated: setup header says 0x2a00 bytes, file has 0x2900");
    make_linux();
    file_size -= 8; /* the last paragraph may be short */
    assert_true(run(LOAD_LINUX));
    make_linux();
    file_size -= 15;
    assert_true(run(LOAD_LINUX));
    make_linux();
    file_size -= 16;
    refused(LOAD_LINUX, "truncated: setup header says 0x2a00 bytes, file has 0x29f0");
    linux_refused(0x202, 0, 4, "not a bzImage");
    linux_refused(0x206, 0x201, 2, "boot protocol 2.01 is too old");
    linux_refused(0x211, 0, 1, "zImage");
    linux_refused(0x1f4, 0, 4, "corrupt: the protected-mode part");
    linux_refused(0x230, 0x300000, 4, "no power of two");
    linux_refused(0x260, 0x7fffffff, 4, "needs 0x7fffffff bytes of RAM");
    linux_refused(0x238, 3, 4, "command line has 13 characters, the kernel takes 3");
    make_linux();
    file[0x234] = 0;
    put(0x258, 2048 * MIB, 8);
    refused(LOAD_LINUX, "memory below 4 GiB ends at 0x4000000");
}

static void test_linux_initrd_too_large(void **unused)
{
    (void)unused;
    make_linux();
    load.module[0] = (struct load_module){ { "initrd", ram, 60 * MIB }, "initrd" };
    load.module_count = 1;
    assert_false(run(LOAD_LINUX));
    assert_non_null(strstr(load.error, "initrd: initrd of 0x3c00000 bytes does not fit"));
}

/* ---------------------------------------------------------------- ELF */
/* One segment of 0x1000 file bytes at `pa`, virtual address `va`; then `extra` bytes of zeros. */
static void make_elf(bool is64, uint64_t pa, uint64_t va, uint64_t extra)
{
    memset(file, 0, 0x4000);
    file_size = 0x3000;
    memcpy(file, "\177ELF\1\1\1", 7);
    file[4] = is64 ? 2 : 1;
    put(16, 2, 2);
    put(18, is64 ? 62 : 3, 2);
    put(20, 1, 4);
    put(24, va + 0x10, is64 ? 8 : 4);
    put(is64 ? 32 : 28, 0x40, is64 ? 8 : 4);
    put(is64 ? 54 : 42, is64 ? 56 : 32, 2);
    put(is64 ? 56 : 44, 1, 2);
    put(0x40, 1, 4);
    if (is64) {
        put(0x44, 5, 4);
        put(0x48, 0x1000, 8);
        put(0x50, va, 8);
        put(0x58, pa, 8);
        put(0x60, 0x1000, 8);
        put(0x68, 0x1000 + extra, 8);
    } else {
        put(0x44, 0x1000, 4);
        put(0x48, va, 4);
        put(0x4c, pa, 4);
        put(0x50, 0x1000, 4);
        put(0x54, 0x1000 + extra, 4);
        put(0x58, 5, 4);
    }
    memset(file + 0x1000, 0x77, 0x1000);
}

static void add_multiboot(unsigned at, uint32_t flags)
{
    put(at, 0x1badb002, 4);
    put(at + 4, flags, 4);
    put(at + 8, (uint32_t)-(0x1badb002 + flags), 4);
}

static void add_pvh(unsigned entry)
{
    unsigned is64 = file[4] == 2, size = is64 ? 56 : 32, at = 0x40 + size;

    put(is64 ? 56 : 44, 2, 2);
    put(at, 4, 4);
    put(at + (is64 ? 8 : 4), 0x200, 4);
    put(at + (is64 ? 32 : 16), 20, 4);
    put(at + (is64 ? 40 : 20), 20, 4);
    put(0x200, 4, 4);
    put(0x204, 4, 4);
    put(0x208, 18, 4);
    memcpy(file + 0x20c, "Xen", 4);
    put(0x210, entry, 4);
}

static void check_multiboot_info(void)
{
    uint64_t info = state.gpr[GPR_RBX], modules = get(info + 24, 4), map = get(info + 48, 4);

    assert_int_equal(state.gpr[GPR_RAX], 0x2badb002);
    assert_true(info >= 4096);
    assert_int_equal(get(info, 4), 0x24d);
    assert_int_equal(get(info + 4, 4), 639);
    assert_int_equal(get(info + 8, 4), (RAM - MIB) / 1024);
    assert_string_equal((char *)ram + get(info + 16, 4), "kernel console=ttyS0");
    assert_int_equal(get(info + 20, 4), 2);
    assert_string_equal((char *)ram + get(modules + 8, 4), "mod one");
    assert_int_equal(get(modules, 4) % 4096, 0);
    assert_memory_equal(ram + get(modules, 4), "first", 5);
    assert_int_equal(get(modules + 4, 4) - get(modules, 4), 5);
    assert_memory_equal(ram + get(modules + 16, 4), "second", 6);
    assert_int_equal(get(map, 4), 20);
    assert_int_equal(get(map + 12, 8), 0x9fc00);
    assert_string_equal((char *)ram + get(info + 64, 4), "Bulkhead");
}

static void test_multiboot_elf(void **unused)
{
    (void)unused;
    for (unsigned is64 = 0; is64 < 2; is64++) {
        make_elf(is64, MIB, is64 ? 0xffffffff80100000ull : 0xc0100000, 0x500);
        add_multiboot(0x1000, 3);
        memset(ram, 0xcc, 4 * MIB);
        module(0, "mod", "first", "mod one");
        module(1, "mod2", "second", "mod2");
        assert_true(run(LOAD_AUTO));
        assert_int_equal(state.rip, MIB + 0x10);
        assert_int_equal(get(MIB + 0xff8, 8), 0x7777777777777777ull);
        assert_int_equal(get(MIB + 0x1000, 8), 0);
        assert_int_equal(get(MIB + 0x14f8, 8), 0);
        assert_int_equal(state.cs.attr, 0xc09b);
        check_multiboot_info();
    }
}

static void make_kludge(void)
{
    memset(file, 0, 0x4000);
    memset(file + 0x100, 0x33, 0x1f00);
    file_size = 0x2000;
    add_multiboot(0x100, 0x10003);
    put(0x10c, MIB + 0x100, 4);  /* header */
    put(0x110, MIB, 4);          /* load */
    put(0x114, MIB + 0x1000, 4); /* load end */
    put(0x118, MIB + 0x9000, 4); /* bss end */
    put(0x11c, MIB + 0x40, 4);
}

static void test_multiboot_address_fields(void **unused)
{
    (void)unused;
    make_kludge();
    assert_true(run(LOAD_MULTIBOOT));
    assert_int_equal(state.rip, MIB + 0x40);
    assert_int_equal(get(MIB + 0xff8, 1), 0x33);
    assert_int_equal(get(MIB + 0x1000, 1), 0);
    make_kludge();
    put(0x114, 0, 4); /* all of the file */
    put(0x118, 0, 4);
    assert_true(run(LOAD_MULTIBOOT));
    assert_int_equal(get(MIB + 0x1fff, 1), 0x33);
    make_kludge();
    put(0x110, MIB + 0x200, 4);
    refused(LOAD_MULTIBOOT, "does not fit to header address");
    make_kludge();
    put(0x114, MIB - 5, 4);
    refused(LOAD_MULTIBOOT, "not in order");
    make_kludge();
    put(0x114, MIB + 0x5000, 4);
    refused(LOAD_MULTIBOOT, "truncated: multiboot header loads 0x5000 bytes");
    make_kludge();
    put(0x118, 0xf0000000, 4);
    refused(LOAD_MULTIBOOT, "is not in free RAM");
    make_kludge();
    put(0x11c, 0x5000, 4);
    refused(LOAD_MULTIBOOT, "entry point 0x5000 lies outside");
    make_kludge();
    file_size = 0x110;
    refused(LOAD_MULTIBOOT, "truncated: multiboot address fields");
}

static void test_multiboot_refused(void **unused)
{
    (void)unused;
    make_elf(false, MIB, MIB, 0);
    refused(LOAD_MULTIBOOT, "no multiboot header");
    add_multiboot(0x1000, 0x8003);
    refused(LOAD_MULTIBOOT, "unknown features");
    make_elf(false, MIB, MIB, 0);
    add_multiboot(0x1000, 7);
    put(0x1020, 0, 4);
    refused(LOAD_MULTIBOOT, "graphics mode");
    put(0x1020, 1, 4);
    assert_true(run(LOAD_MULTIBOOT));
    make_elf(false, RAM - 0x800, MIB, 0);
    add_multiboot(0x1000, 3);
    refused(LOAD_MULTIBOOT, "is not in free RAM");
    make_elf(false, 0x9f800, MIB, 0);
    add_multiboot(0x1000, 3);
    refused(LOAD_MULTIBOOT, "is not in free RAM");
    make_elf(false, MIB, MIB, 0);
    add_multiboot(0x1000, 3);
    file_size = 0x1800;
    refused(LOAD_MULTIBOOT, "truncated");
    make_elf(false, MIB, MIB, 0);
    add_multiboot(0x1000, 3);
    put(24, 0x300000, 4);
    refused(LOAD_MULTIBOOT, "lies outside the loaded image");
    make_elf(false, MIB, MIB, 0);
    add_multiboot(0x1000, 3);
    load.module[0] = (struct load_module){ { "mod", ram, 63 * MIB }, "mod" };
    load.module_count = 1;
    assert_false(run(LOAD_MULTIBOOT));
    assert_non_null(strstr(load.error, "mod: module of 0x3f00000 bytes does not fit"));
}

static void test_pvh(void **unused)
{
    uint64_t info, modules, map;

    (void)unused;
    for (unsigned is64 = 0; is64 < 2; is64++) {
        make_elf(is64, MIB, MIB, 0x100);
        add_pvh(MIB + 0x20);
        module(0, "mod", "first", "mod one");
        assert_true(run(LOAD_AUTO));
        assert_int_equal(state.rip, MIB + 0x20);
        info = state.gpr[GPR_RBX];
        assert_int_equal(get(info, 4), 0x336ec578);
        assert_int_equal(get(info + 4, 4), 1);
        assert_int_equal(get(info + 12, 4), 1);
        modules = get(info + 16, 8);
        assert_memory_equal(ram + get(modules, 8), "first", 5);
        assert_int_equal(get(modules + 8, 8), 5);
        assert_string_equal((char *)ram + get(modules + 16, 8), "mod one");
        assert_string_equal((char *)ram + get(info + 24, 8), "console=ttyS0");
        assert_int_equal(get(info + 32, 8), 0xe0000);
        map = get(info + 40, 8);
        assert_int_equal(get(info + 48, 4), 6);
        assert_int_equal(get(map + 8, 8), 0x9fc00);
        assert_int_equal(get(map + 16, 4), 1);
    }
}

static void test_pvh_refused(void **unused)
{
    (void)unused;
    make_elf(true, MIB, MIB, 0);
    refused(LOAD_PVH, "no PVH note");
    add_pvh(0x300000);
    refused(LOAD_PVH, "lies in no loaded segment");
    make_elf(true, MIB, MIB, 0);
    add_pvh(MIB);
    put(0x48, 0x2800, 8);
    refused(LOAD_PVH, "truncated: a segment lies outside the file");
    make_elf(true, MIB, MIB, 0);
    add_pvh(MIB);
    load.module[0] = (struct load_module){ { "mod", ram, 70 * MIB }, "mod" };
    load.module_count = 1;
    assert_false(run(LOAD_PVH));
    assert_non_null(strstr(load.error, "mod: module of"));
}

static void test_what_it_is(void **unused)
{
    (void)unused;
    refused(LOAD_AUTO, "the file is empty");
    memcpy(file, "#!/bin/sh\n", 10);
    file_size = 10;
    refused(LOAD_AUTO, "unknown kind of image");
    make_elf(true, MIB, MIB, 0);
    refused(LOAD_AUTO, "neither a PVH note nor a multiboot header");
    file[4] = 9;
    refused(LOAD_AUTO, "ELF file: neither 32- nor 64-bit");
}

static void test_memory_map_around_the_hole(void **unused)
{
    struct mem large = { .ram = ram };
    struct memmap map;

    (void)unused;
    mem_init(&large, ram, 0x140000000ull);
    memmap_build(&map, &large);
    assert_int_equal(map.count, 7);
    assert_int_equal(map.entry[3].base + map.entry[3].bytes, 0xc0000000);
    assert_int_equal(map.entry[6].base, 0x100000000ull);
    assert_int_equal(map.entry[6].bytes, 0x80000000ull);
    assert_ptr_equal(mem_ptr(&large, 0xbfffffff, 1), ram + 0xbfffffff);
    assert_null(mem_ptr(&large, 0xbfffffff, 2));
    assert_null(mem_ptr(&large, 0xc0000000, 1));
    assert_null(mem_ptr(&large, 0xffffffff, 1));
    assert_ptr_equal(mem_ptr(&large, 0x100000000ull, 0x80000000ull), ram + 0xc0000000);
    assert_null(mem_ptr(&large, 0x100000000ull, 0x80000001ull));
    assert_null(mem_ptr(&large, ~0ull, 1));
    assert_null(mem_ptr(&large, 0x1000, ~0ull));
    assert_false(mem_write(&mem, RAM - 1, "ab", 2));
    assert_false(mem_fill(&mem, RAM, 0, 1));
}

static void test_layout_from_both_ends(void **unused)
{
    struct layout layout;

    (void)unused;
    layout_init(&layout, &mem);
    assert_int_equal(layout_place_low(&layout, 100, 16, 0, RAM), 4096);
    assert_int_equal(layout_place_low(&layout, 100, 16, 0, RAM), 4096 + 112);
    assert_int_equal(layout_place_low(&layout, 0xa0000, 4096, 0, RAM), MIB);
    assert_int_equal(layout_place_high(&layout, 4097, 4096, ~0ull), RAM - 8192);
    assert_int_equal(layout_place_high(&layout, 4096, 4096, 0x100000), 0x9e000);
    assert_int_equal(layout_place_high(&layout, RAM, 4096, ~0ull), LAYOUT_NONE);
    assert_int_equal(layout_place_low(&layout, RAM, 4096, 0, ~0ull), LAYOUT_NONE);
    assert_false(layout_take(&layout, ~0ull - 4, 100));
    for (unsigned i = 0; i < LAYOUT_MAX; i++)
        layout_place_low(&layout, 4096, 4096, 8 * MIB, RAM);
    assert_false(layout_take(&layout, 32 * MIB, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_linux_64, setup, teardown),
        cmocka_unit_test_setup_teardown(test_linux_32_and_moved, setup, teardown),
        cmocka_unit_test_setup_teardown(test_linux_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_linux_initrd_too_large, setup, teardown),
        cmocka_unit_test_setup_teardown(test_multiboot_elf, setup, teardown),
        cmocka_unit_test_setup_teardown(test_multiboot_address_fields, setup, teardown),
        cmocka_unit_test_setup_teardown(test_multiboot_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pvh, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pvh_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory_map_around_the_hole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_layout_from_both_ends, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
