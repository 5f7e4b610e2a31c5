// SPDX-License-Identifier: MIT
// The memory and string functions against the C library's. They bear its names, so they are renamed here.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define memcpy  our_memcpy
#define memmove our_memmove
#define memset  our_memset
#define memcmp  our_memcmp
#define strlen  our_strlen
#define strcmp  our_strcmp
#include "../../lib/string.c"
#include "../../lib/string_more.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strcmp

enum { SIZE = 64 };

static void fill(unsigned char *at)
{
    for (int i = 0; i < SIZE; i++)
        at[i] = (unsigned char)(i * 7 + 1);
}

static void test_copy_and_move(void **state)
{
    unsigned char ours[SIZE], theirs[SIZE];

    (void)state;
    for (int from = 0; from < 20; from++) {
        for (int to = 0; to < 20; to++) {
            for (int bytes = 0; bytes < 40; bytes++) {
                fill(ours);
                fill(theirs);
                assert_ptr_equal(our_memmove(ours + to, ours + from, (size_t)bytes), ours + to);
                memmove(theirs + to, theirs + from, (size_t)bytes);
                assert_memory_equal(ours, theirs, SIZE);
            }
        }
    }
    fill(theirs);
    memset(ours, 0, SIZE);
    assert_ptr_equal(our_memcpy(ours, theirs, 33), ours);
    assert_memory_equal(ours, theirs, 33);
    assert_int_equal(ours[33], 0);
}

static void test_set(void **state)
{
    unsigned char ours[SIZE], theirs[SIZE];

    (void)state;
    for (int at = 0; at < 10; at++) {
        for (int bytes = 0; bytes < 50; bytes++) {
            fill(ours);
            fill(theirs);
            assert_ptr_equal(our_memset(ours + at, 0x1a5, (size_t)bytes), ours + at);
            memset(theirs + at, 0xa5, (size_t)bytes);
            assert_memory_equal(ours, theirs, SIZE);
        }
    }
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static void test_compare(void **state)
{
    static const char *const words[] = { "", "a", "b", "ab", "aa", "abc", "\xff", "a\x80", "a\x7f" };
    enum { COUNT = sizeof(words) / sizeof(words[0]) };

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(our_strlen(words[i]), strlen(words[i]));
        for (int j = 0; j < COUNT; j++) {
            size_t shorter = strlen(words[i]) < strlen(words[j]) ? strlen(words[i]) : strlen(words[j]);

            assert_int_equal(sign(our_strcmp(words[i], words[j])), sign(strcmp(words[i], words[j])));
            assert_int_equal(sign(our_memcmp(words[i], words[j], shorter)),
                             sign(memcmp(words[i], words[j], shorter)));
        }
    }
}

static void test_string_copy(void **state)
{
    char to[8];

    (void)state;
    for (size_t size = 0; size <= sizeof(to); size++) {
        memset(to, 'Z', sizeof(to));
        string_copy(to, size, "abcde");
        for (size_t i = size; i < sizeof(to); i++)
            assert_int_equal(to[i], 'Z');
        if (size > 0)
            assert_int_equal(strlen(to), size - 1 < 5 ? size - 1 : 5);
    }
    assert_string_equal(to, "abcde");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy_and_move),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_string_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
