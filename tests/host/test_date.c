// sources: lib/date.c
/* SPDX-License-Identifier: MIT */
/*
 * Calendar dates against the host's C library, for every day of a few centuries.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <time.h>

#include <lib/date.h>

static void test_known(void **state)
{
    (void)state;
    assert_int_equal(date_to_seconds(1970, 1, 1, 0, 0, 0), 0);
    assert_int_equal(date_to_seconds(2000, 2, 29, 12, 0, 0), 951825600);
    assert_int_equal(date_to_seconds(2026, 11, 20, 17, 30, 59), 1795195859);
    assert_int_equal(date_to_seconds(1969, 12, 31, 23, 59, 59), -1);
}

static void test_like_libc(void **state)
{
    (void)state;
    for (int64_t day = -150000; day < 150000; day++) {
        time_t t = (time_t)(day * 86400 + (day * 7919 % 86400 + 86400) % 86400);
        struct tm tm;
        struct date d;

        gmtime_r(&t, &tm);
        date_from_seconds(t, &d);
        assert_int_equal(d.year, tm.tm_year + 1900);
        assert_int_equal(d.month, tm.tm_mon + 1);
        assert_int_equal(d.day, tm.tm_mday);
        assert_int_equal(d.hour, tm.tm_hour);
        assert_int_equal(d.minute, tm.tm_min);
        assert_int_equal(d.second, tm.tm_sec);
        assert_int_equal(d.weekday, tm.tm_wday);
        assert_int_equal(date_to_seconds(d.year, d.month, d.day, d.hour, d.minute, d.second), t);
    }
}

static void test_counts_on(void **state)
{
    (void)state;
    assert_int_equal(date_to_seconds(2025, 13, 1, 0, 0, 0), date_to_seconds(2026, 1, 1, 0, 0, 0));
    assert_int_equal(date_to_seconds(2025, 0, 1, 0, 0, 0), date_to_seconds(2024, 12, 1, 0, 0, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_like_libc),
        cmocka_unit_test(test_counts_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
