// sources: lib/manifest.c lib/fmt.c
/* SPDX-License-Identifier: MIT */
/* The manifest of a container image: every key, and every way to get one wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lib/manifest.h>

#define HEAD "format = 1\nname = x\n"

static struct manifest m;
static char why[160];

/* From an exact-size block, so that the sanitizer sees overreads. */
static bool parse(const char *text)
{
    size_t bytes = strlen(text);
    char *copy = malloc(bytes);
    bool good;

    memcpy(copy, text, bytes);
    why[0] = '\0';
    good = manifest_parse(copy, bytes, &m, why, sizeof(why));
    free(copy);
    assert_true(good == (why[0] == '\0'));
    return good;
}

static void test_all_keys(void **state)
{
    (void)state;
    assert_true(parse(
        "# comment\n\nformat = 1\r\n name=a-b_9 \nargs = one  two # no comment\nenv = HOME=/\n"
        "env = X=\nmemory = 3M\nstorage = 65k\npriority = 0\nbudget = 100\noffer = log\n"
        "connect = kv\nconnect = time"));
    assert_string_equal(m.name, "a-b_9");
    assert_string_equal(m.args, "one  two # no comment");
    assert_string_equal(m.settings, "env = HOME=/\nenv = X=\nstorage = 69632\n");
    assert_int_equal(m.memory, 3 << 20);
    assert_int_equal(m.storage, 17 * 4096);
    assert_int_equal(m.priority, 1);
    assert_int_equal(m.budget, 100);
    assert_int_equal(m.offer_count, 1);
    assert_string_equal(m.connect[1], "time");
    assert_true(parse(HEAD));
    assert_int_equal(m.memory + m.storage + m.priority + m.budget + m.connect_count, 0);
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *said;
    } bad[] = {
        { "", "manifest: found no line `format = ...`, expected one" },
        { "format = 1\n", "manifest: found no line `name = ...`, expected one" },
        { "format = 2\n", "manifest:1: format: found \"2\", expected 1" },
        { HEAD "name = y\n", "manifest:3: name: found a second time, expected once" },
        { HEAD "mem = 1M\n", "manifest:3: found unknown key \"mem\"" },
        { HEAD "memory\n", "manifest:3: found \"memory\", expected `key = value`" },
        { HEAD "= 3\n", "manifest:3: found unknown key \"\"" },
        { HEAD "memory = 1\n",
          "manifest:3: memory: found \"1\", expected a size such as 64K or 3M" },
        { HEAD "memory = 4K\n",
          "manifest:3: memory: found \"4K\", expected a size such as 64K or 3M" },
        { HEAD "memory = 1025G\n",
          "manifest:3: memory: found \"1025G\", expected a size such as 64K or 3M" },
        { HEAD "memory = 99999999999999999999G\n",
          "manifest:3: memory: found \"99999999999999999999G\", expected a size such as 64K or 3M" },
        { HEAD "memory = 1MB\n",
          "manifest:3: memory: found \"1MB\", expected a size such as 64K or 3M" },
        { HEAD "storage = M\n",
          "manifest:3: storage: found \"M\", expected a size such as 64K or 3M" },
        { HEAD "priority = 31\n",
          "manifest:3: priority: found \"31\", expected a number from 0 (last) to 30 (first)" },
        { HEAD "budget = 0\n",
          "manifest:3: budget: found \"0\", expected a percentage of one CPU from 1 to 100" },
        { HEAD "budget = 5x\n",
          "manifest:3: budget: found \"5x\", expected a percentage of one CPU from 1 to 100" },
        { HEAD "env = =x\n", "manifest:3: env: found \"=x\", expected NAME=VALUE" },
        { HEAD "env = A B=x\n", "manifest:3: env: found \"A B=x\", expected NAME=VALUE" },
        { HEAD "offer = ../x\n",
          "manifest:3: offer: found \"../x\", expected 1 to 31 letters, digits, _ or -" },
        { HEAD "connect = -x\n",
          "manifest:3: connect: found \"-x\", expected 1 to 31 letters, digits, _ or -" },
        { "format = 1\nname = 12345678901234567890123456789012\n",
          "manifest:2: name: found \"12345678901234567890123456789012\", expected 1 to 31 letters, digits, _ or -" },
        { HEAD "args = \x01\n", "manifest:3: found byte 0x1, expected text" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(parse(bad[i].text));
        assert_string_equal(why, bad[i].said);
    }
}

static void repeat(char *text, const char *line, unsigned times)
{
    strcpy(text, HEAD);
    while (times-- > 0)
        strcat(text, line);
}

static void test_limits(void **state)
{
    static char text[40000], word[1200];

    (void)state;
    memset(word, 'v', 511);
    snprintf(text, sizeof(text), HEAD "args = %s\n", word);
    assert_true(parse(text));
    strcat(word, "v");
    snprintf(text, sizeof(text), HEAD "args = %s\n", word);
    assert_false(parse(text));
    memset(word, 'v', 1199);
    snprintf(text, sizeof(text), HEAD "%s\n", word);
    assert_false(parse(text));
    assert_string_equal(why, "manifest:3: found a line of more than 1023 bytes");
    repeat(text, "offer = a\n", MANIFEST_SERVICES);
    assert_true(parse(text));
    repeat(text, "offer = a\n", MANIFEST_SERVICES + 1);
    assert_false(parse(text));
    repeat(text, "env = A=12345678\n", 60);
    assert_true(parse(text));
    assert_true(strlen(m.settings) < MANIFEST_SETTINGS);
    strcat(text, "env = A=12345678\n");
    assert_false(parse(text));
    assert_string_equal(
        why,
        "manifest:63: env: found \"A=12345678\", expected less than 1,000 bytes of these altogether");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_keys),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
