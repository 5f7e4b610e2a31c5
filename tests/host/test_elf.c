// sources: lib/elf.c
/* SPDX-License-Identifier: MIT */
/*
 * ELF reader: good files of both classes, then every field that a damaged file can have wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <lib/elf.h>

#define PHDR 64 /* first program header of file64(), 56 bytes each */

static void put(uint8_t *at, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* Two loadable segments and a note; an exact-size heap block, so that the sanitizer sees overreads. */
static uint8_t *file64(uint64_t *size)
{
    uint8_t *f = calloc(1, *size = 0x300);

    memcpy(f, "\177ELF\2\1\1", 7);
    put(f + 16, ELF_TYPE_EXEC, 2);
    put(f + 18, ELF_MACHINE_X86_64, 2);
    put(f + 20, 1, 4);
    put(f + 24, 0x401010, 8);
    put(f + 32, PHDR, 8);
    put(f + 54, 56, 2);
    put(f + 56, 3, 2);
    static const uint64_t field[3][8] = {
        { ELF_LOAD, 5, 0x200, 0x401000, 0x1000, 0x40, 0x40, 0x1000 },
        { ELF_LOAD, 6, 0x240, 0x402000, 0x2000, 0x20, 0x500, 0x1000 },
        { ELF_NOTE, 4, 0x280, 0, 0, 0x28, 0x28, 4 },
    };
    for (unsigned i = 0; i < 3; i++) {
        uint8_t *p = f + PHDR + 56 * i;

        put(p, field[i][0], 4);
        put(p + 4, field[i][1], 4);
        for (unsigned j = 2; j < 8; j++)
            put(p + 8 * (j - 1), field[i][j], 8);
    }
    /* two notes: "GNU" type 3 with 4 bytes, "Xen" type 18 with 4 bytes */
    put(f + 0x280, 4, 4), put(f + 0x284, 4, 4), put(f + 0x288, 3, 4);
    memcpy(f + 0x28c, "GNU", 4);
    put(f + 0x294, 4, 4), put(f + 0x298, 4, 4), put(f + 0x29c, 18, 4);
    memcpy(f + 0x2a0, "Xen", 4);
    put(f + 0x2a4, 0x1000200, 4);
    return f;
}

static void test_good64(void **state)
{
    (void)state;
    uint64_t size;
    uint8_t *f = file64(&size);
    struct elf_image image;
    struct elf_segment s;
    uint32_t index = 0;

    assert_int_equal(elf_open(&image, f, size), ELF_OK);
    assert_true(image.is64);
    assert_int_equal(image.entry, 0x401010);
    assert_int_equal(image.type, ELF_TYPE_EXEC);
    assert_int_equal(image.machine, ELF_MACHINE_X86_64);
    assert_true(elf_next_load(&image, &index, &s));
    assert_int_equal(s.va, 0x401000);
    assert_int_equal(s.pa, 0x1000);
    assert_int_equal(s.flags, ELF_FLAG_READ | ELF_FLAG_EXEC);
    assert_true(elf_next_load(&image, &index, &s));
    assert_int_equal(s.offset, 0x240);
    assert_int_equal(s.file_bytes, 0x20);
    assert_int_equal(s.mem_bytes, 0x500);
    assert_int_equal(s.align, 0x1000);
    assert_false(elf_next_load(&image, &index, &s));
    free(f);
}

static void test_good32(void **state)
{
    (void)state;
    uint8_t *f = calloc(1, 0x100);
    struct elf_image image;
    struct elf_segment s;
    uint32_t index = 0;

    memcpy(f, "\177ELF\1\1\1", 7);
    put(f + 16, ELF_TYPE_EXEC, 2);
    put(f + 18, ELF_MACHINE_386, 2);
    put(f + 20, 1, 4);
    put(f + 24, 0x100020, 4);
    put(f + 28, 52, 4);
    put(f + 42, 32, 2);
    put(f + 44, 1, 2);
    static const uint32_t field[8] = { ELF_LOAD, 0x80, 0xc0100000, 0x100000, 0x80, 0x90, 7, 4 };
    for (unsigned i = 0; i < 8; i++)
        put(f + 52 + 4 * i, field[i], 4);

    assert_int_equal(elf_open(&image, f, 0x100), ELF_OK);
    assert_false(image.is64);
    assert_int_equal(image.entry, 0x100020);
    assert_true(elf_next_load(&image, &index, &s));
    assert_int_equal(s.va, 0xc0100000);
    assert_int_equal(s.pa, 0x100000);
    assert_int_equal(s.flags, 7);
    /* addresses of a 32-bit file wrap at 4 GiB */
    put(f + 52 + 12, 0xffffffc0, 4);
    assert_int_equal(elf_open(&image, f, 0x100), ELF_SEGMENT_WRAP);
    free(f);
}

static void test_every_truncation(void **state)
{
    (void)state;
    uint64_t size;
    uint8_t *f = file64(&size);
    struct elf_image image;

    for (uint64_t n = 0; n < 0x2a8; n++) {
        uint8_t *cut = malloc(n ? n : 1);

        memcpy(cut, f, n);
        assert_int_not_equal(elf_open(&image, cut, n), ELF_OK);
        free(cut);
    }
    assert_int_equal(elf_open(&image, f, 0x2a8), ELF_OK);
    free(f);
}

struct damage {
    unsigned at, width;
    uint64_t value;
    enum elf_error error;
    uint32_t header;
};

static void test_damage(void **state)
{
    (void)state;
    static const struct damage list[] = {
        { 0, 1, 'X', ELF_NOT_ELF, 0 },
        { 4, 1, 3, ELF_CLASS, 0 },
        { 5, 1, 2, ELF_CLASS, 0 },
        { 6, 1, 0, ELF_VERSION, 0 },
        { 20, 4, 2, ELF_VERSION, 0 },
        { 54, 2, 32, ELF_HEADER_TABLE, 0 },
        { 56, 2, 0, ELF_NO_SEGMENT, 0 },
        { 56, 2, 0xffff, ELF_TABLE_RANGE, 0 },
        { 32, 8, 0x2ff, ELF_TABLE_RANGE, 0 },
        { 32, 8, UINT64_MAX - 8, ELF_TABLE_RANGE, 0 },
        { PHDR + 8, 8, 0x2c1, ELF_SEGMENT_RANGE, 0 },
        { PHDR + 8, 8, UINT64_MAX, ELF_SEGMENT_RANGE, 0 },
        { PHDR + 32, 8, UINT64_MAX, ELF_SEGMENT_RANGE, 0 },
        { PHDR + 40, 8, 0x3f, ELF_SEGMENT_SIZES, 0 },
        { PHDR + 40, 8, 0, ELF_SEGMENT_SIZES, 0 },
        { PHDR + 56 + 16, 8, UINT64_MAX - 0x4fe, ELF_SEGMENT_WRAP, 1 },
        { PHDR + 56 + 24, 8, UINT64_MAX - 0x4fe, ELF_SEGMENT_WRAP, 1 },
        { PHDR + 56 + 40, 8, UINT64_MAX, ELF_SEGMENT_WRAP, 1 },
        { PHDR + 112 + 32, 8, 0x81, ELF_SEGMENT_RANGE, 2 },
    };

    for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        uint64_t size;
        uint8_t *f = file64(&size);
        struct elf_image image;

        put(f + list[i].at, list[i].value, list[i].width);
        assert_int_equal(elf_open(&image, f, size), list[i].error);
        assert_int_equal(image.bad_header, list[i].header);
        free(f);
    }
}

static void test_nothing_to_load(void **state)
{
    (void)state;
    uint64_t size;
    uint8_t *f = file64(&size);
    struct elf_image image;

    put(f + PHDR, ELF_NOTE, 4);
    put(f + PHDR + 56, 0x6474e551, 4);
    assert_int_equal(elf_open(&image, f, size), ELF_NO_SEGMENT);
    /* an empty segment loads nothing either */
    put(f + PHDR + 56, ELF_LOAD, 4);
    put(f + PHDR + 56 + 32, 0, 8);
    put(f + PHDR + 56 + 40, 0, 8);
    assert_int_equal(elf_open(&image, f, size), ELF_NO_SEGMENT);
    free(f);
}

static void test_last_byte_of_the_address_space(void **state)
{
    (void)state;
    uint64_t size;
    uint8_t *f = file64(&size);
    struct elf_image image;

    put(f + PHDR + 56 + 16, UINT64_MAX - 0x4ff, 8);
    assert_int_equal(elf_open(&image, f, size), ELF_OK);
    free(f);
}

static void test_notes(void **state)
{
    (void)state;
    uint64_t size;
    uint8_t *f = file64(&size);
    struct elf_image image;
    const uint8_t *desc;
    uint32_t bytes;

    assert_int_equal(elf_open(&image, f, size), ELF_OK);
    assert_true(elf_note(&image, "Xen", 18, &desc, &bytes));
    assert_int_equal(bytes, 4);
    assert_ptr_equal(desc, f + 0x2a4);
    assert_true(elf_note(&image, "GNU", 3, &desc, &bytes));
    assert_false(elf_note(&image, "Xen", 17, &desc, &bytes));
    assert_false(elf_note(&image, "Xe", 18, &desc, &bytes));
    assert_false(elf_note(&image, "Xenn", 18, &desc, &bytes));

    put(f + 0x280, UINT32_MAX, 4); /* a name that would wrap when it is padded */
    assert_false(elf_note(&image, "Xen", 18, &desc, &bytes));
    put(f + 0x280, 4, 4);
    put(f + 0x284, UINT32_MAX, 4);
    assert_false(elf_note(&image, "Xen", 18, &desc, &bytes));
    free(f);
}

static void test_reasons(void **state)
{
    (void)state;
    for (int error = ELF_OK; error <= ELF_SEGMENT_WRAP; error++)
        assert_string_not_equal(elf_reason((enum elf_error)error), "unknown error");
    assert_string_equal(elf_reason((enum elf_error)99), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good64),
        cmocka_unit_test(test_good32),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_nothing_to_load),
        cmocka_unit_test(test_last_byte_of_the_address_space),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
