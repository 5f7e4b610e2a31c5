// sources: boot/ranges.c
/* SPDX-License-Identifier: MIT */
/*
 * The loader's arithmetic on memory ranges.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <boot/ranges.h>

#define MIB (1ull << 20)

static void test_tidy(void **state)
{
    (void)state;
    struct boot_range r[] = {
        { 0x5000, 0x1000 }, { 0x1000, 0x1000 }, { 0x9000, 0 },      { 0x2000, 0x1000 },
        { 0x8000, 0x3000 }, { 0x9000, 0x1000 }, { 0x6000, 0x1000 },
    };

    assert_int_equal(ranges_tidy(r, 7), 3);
    assert_int_equal(r[0].base, 0x1000);
    assert_int_equal(r[0].bytes, 0x2000);
    assert_int_equal(r[1].base, 0x5000);
    assert_int_equal(r[1].bytes, 0x2000);
    assert_int_equal(r[2].base, 0x8000);
    assert_int_equal(r[2].bytes, 0x3000);
    assert_int_equal(ranges_tidy(r, 0), 0);
}

static void test_keep_largest(void **state)
{
    (void)state;
    struct boot_range r[] = { { 1, 50 }, { 100, 10 }, { 200, 40 }, { 300, 20 }, { 400, 60 } };

    assert_int_equal(ranges_keep_largest(r, 5, 9), 5);
    assert_int_equal(ranges_keep_largest(r, 5, 3), 3);
    assert_int_equal(r[0].bytes, 50);
    assert_int_equal(r[1].bytes, 40);
    assert_int_equal(r[2].bytes, 60);
}

static uint64_t place(uint64_t base, uint64_t room, uint64_t bytes, uint64_t limit)
{
    return ranges_place((struct boot_range){ base, room }, bytes, 2 * MIB, limit);
}

static void test_place(void **state)
{
    (void)state;
    assert_int_equal(place(MIB, 99 * MIB, 8 * MIB, UINT64_MAX), 92 * MIB);
    assert_int_equal(place(MIB, 100 * MIB, 8 * MIB, UINT64_MAX), 92 * MIB);
    assert_int_equal(place(MIB, 99 * MIB, 8 * MIB, 51 * MIB), 42 * MIB);
    assert_int_equal(place(2 * MIB, 8 * MIB, 8 * MIB, UINT64_MAX), 2 * MIB);
    assert_int_equal(place(3 * MIB, 8 * MIB, 8 * MIB, UINT64_MAX), 0); /* fits unaligned only */
    assert_int_equal(place(4 * MIB, 7 * MIB, 8 * MIB, UINT64_MAX), 0);
    assert_int_equal(place(64 * MIB, 64 * MIB, 8 * MIB, 32 * MIB), 0); /* all above the limit */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tidy),
        cmocka_unit_test(test_keep_largest),
        cmocka_unit_test(test_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
