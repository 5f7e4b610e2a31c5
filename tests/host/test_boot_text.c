// sources: boot/text.c
/* SPDX-License-Identifier: MIT */
/*
 * Words of the loader's command line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <boot/text.h>

static void test_append(void **state)
{
    (void)state;
    char out[8] = "ab";

    assert_int_equal(text_append(out, sizeof(out), "cd"), 4);
    assert_string_equal(out, "abcd");
    assert_int_equal(text_append(out, sizeof(out), "efghij"), 7);
    assert_string_equal(out, "abcdefg");
}

static void test_option(void **state)
{
    (void)state;
    const char *line = "xmem=1 mem=2 memo=3 mem";

    assert_string_equal(text_option(line, "mem"), "2 memo=3 mem");
    assert_string_equal(text_option(line, "xmem"), "1 mem=2 memo=3 mem");
    assert_null(text_option(line, "other"));
    assert_null(text_option("", "mem"));
}

static void test_size(void **state)
{
    (void)state;
    assert_int_equal(text_size("64M and more"), 64 << 20);
    assert_int_equal(text_size("512k"), 512 << 10);
    assert_int_equal(text_size("2G"), 2ull << 30);
    assert_int_equal(text_size("4096"), 4096);
    assert_int_equal(text_size("64Mi"), 0);
    assert_int_equal(text_size("7Q"), 0);
    assert_int_equal(text_size("M"), 0);
    assert_int_equal(text_size(""), 0);
    assert_int_equal(text_size("99999999999999999999"), 0);
    assert_int_equal(text_size("999999999999G"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_option),
        cmocka_unit_test(test_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
