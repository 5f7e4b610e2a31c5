// sources: lib/sha256.c
/* SPDX-License-Identifier: MIT */
/* SHA-256 against the examples of FIPS 180-4 and every length around a block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <lib/sha256.h>

static void expect(const void *bytes, uint64_t count, const char *digest)
{
    char text[SHA256_TEXT];

    sha256_text(bytes, count, text);
    assert_string_equal(text, digest);
}

static void test_examples(void **state)
{
    char *million = malloc(1000000);

    (void)state;
    expect("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    memset(million, 'a', 1000000);
    expect(million, 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

/* Lengths around a block: the digest of n bytes 'x', all chained into one (by another
 * implementation). */
static void test_lengths(void **state)
{
    char chain[64 + 200], text[SHA256_TEXT];

    (void)state;
    memset(chain, '0', 64);
    memset(chain + 64, 'x', 200);
    for (unsigned n = 0; n <= 200; n++) {
        char *exact = malloc(64 + n); /* so that the sanitizer sees an access behind it */

        memcpy(exact, chain, 64 + n);
        sha256_text(exact, 64 + n, text);
        memcpy(chain, text, 64);
        free(exact);
    }
    assert_string_equal(text, "6be577fe881a3ba49c5ef72f775bb416eddcd07f78e9ceac8e41e01d3c935f32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
