/* SPDX-License-Identifier: MIT */
/* The kernel log: a reader gets every byte once, or the newest when it was too slow. */
// sources: kernel/log.c lib/fmt.c lib/string.c
// flags: -include tests/fake/ring0.h
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <kernel/log.h>

#define RING 32768u

uint64_t tsc_hz = 1000000000;
static uint64_t now;
static char put[1000];

uint64_t x86_rdtsc(void) { return now; }
void console_put(const char *text, size_t bytes) { memcpy(put, text, bytes), put[bytes] = 0; }
void screen_put(const char *text, size_t bytes) { (void)text, (void)bytes; }

static void test_line(void **state)
{
    uint64_t position = 0;
    char text[100];

    (void)state;
    now = 12000345678;
    sys_log("%s %u", "word", 7u);
    assert_string_equal(put, "[  12.000345] word 7\n");
    size_t n = log_copy(&position, text, sizeof(text));
    assert_int_equal(n, strlen(put));
    assert_memory_equal(text, put, n);
    assert_int_equal(log_copy(&position, text, sizeof(text)), 0);
    char longest[600];
    memset(longest, 'x', sizeof(longest));
    longest[599] = 0;
    sys_log("%s", longest);
    size_t length = strlen(put);
    assert_in_range(length, 200, 400);
    assert_int_equal(put[length - 1], '\n');
    assert_int_equal(log_copy(&position, text, 5), 5);
}

static void test_ring(void **state)
{
    uint64_t position = ~0ull, written;
    char text[256], byte = 0, expected;

    (void)state;
    assert_int_equal(log_copy(&position, text, sizeof(text)), 0); // from the future: the end
    written = position;
    expected = byte;
    srand(9);
    for (unsigned round = 0; round < 20000; round++) {
        size_t n = (size_t)rand() % sizeof(text);
        for (size_t i = 0; i < n; i++)
            text[i] = byte++;
        log_text(text, n);
        written += n;
        if (round % 2000 < 300)
            continue; // too slow: what was overwritten is lost
        uint64_t from = position;
        n = log_copy(&position, text, (size_t)rand() % sizeof(text));
        assert_true(position <= written && written - position <= RING);
        expected = (char)(expected + (char)(position - n - from));
        for (size_t i = 0; i < n; i++)
            assert_int_equal(text[i], expected++);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_line), cmocka_unit_test(test_ring) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
