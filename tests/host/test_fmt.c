// SPDX-License-Identifier: MIT
// sources: lib/fmt.c
// The formatter against the C library's, for all that it promises.
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <lib/fmt.h>

#define SAME(...)                                                  \
    do {                                                           \
        char ours[200], theirs[200];                               \
        size_t n = fmt_print(ours, sizeof(ours), __VA_ARGS__);     \
        int m = snprintf(theirs, sizeof(theirs), __VA_ARGS__);     \
        assert_string_equal(ours, theirs);                         \
        assert_int_equal(n, m);                                    \
    } while (0)

static void test_numbers(void **state)
{
    static const long values[] = { 0, 1, -1, 9, 10, 255, INT_MAX, INT_MIN, LONG_MAX, LONG_MIN };

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        long v = values[i];

        SAME("%d %u %x", (int)v, (unsigned)v, (unsigned)v);
        SAME("%ld %lu %lx %lld %llu %llx", v, (unsigned long)v, (unsigned long)v, (long long)v,
             (unsigned long long)v, (unsigned long long)v);
        SAME("%zu %zx", (size_t)v, (size_t)v);
        SAME("[%8d] [%08d]", (int)v, (int)v);
        SAME("[%16lx] [%016lx]", (unsigned long)v, (unsigned long)v);
    }
}

static void test_text(void **state)
{
    (void)state;
    SAME("%s|%10s|%2s|", "abc", "abc", "abc");
    SAME("100%% of %s", "it");
}

// Every size: never a byte beyond it, always a NUL, and the count is what was stored.
static void test_bounds(void **state)
{
    char text[16];

    (void)state;
    for (size_t size = 0; size <= 12; size++) {
        memset(text, 'Z', sizeof(text));
        size_t n = fmt_print(text, size, "%s%d%5x", "abcd", 123, 0xffu);
        assert_int_equal(n, size == 0 ? 0 : size - 1 < 12 ? size - 1 : 12);
        if (size > 0)
            assert_int_equal(text[n], 0);
        for (size_t i = size; i < sizeof(text); i++)
            assert_int_equal(text[i], 'Z');
    }
}

static const char *volatile nothing; // volatile: the compiler must not see the null pointer

// Formats that nobody should write do no harm.
static void test_odd(void **state)
{
    static const char *const formats[] = { "", "%", "abc%", "%-", "%08", "%l", "%.", "%q", "%999999999999q" };
    char text[40];

    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        const char *format = formats[i];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
        assert_true(fmt_print(text, sizeof(text), format) < sizeof(text));
#pragma GCC diagnostic pop
    }
    fmt_print(text, sizeof(text), "%s", nothing);
    assert_string_equal(text, "(null)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_text),
        cmocka_unit_test(test_bounds), cmocka_unit_test(test_odd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
