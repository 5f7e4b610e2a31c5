// sources: lib/image.c lib/cpio.c lib/manifest.c lib/sha256.c lib/fmt.c
/* SPDX-License-Identifier: MIT */
/* Container images: a good one and its list of files; then everything that can be wrong with one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <fake/image.h>
#include <lib/image.h>

#define DIR   0040555
#define FILE_ 0100444
#define HEAD  "format = 1\nname = x\nmemory = 2M\n"

static struct fake_image fake;
static struct image image;
static char why[300];

/* From an exact-size block, so that the sanitizer sees overreads. */
static bool opens(uint64_t size)
{
    uint8_t *copy = malloc(size);
    bool good;

    memcpy(copy, fake.bytes, size);
    why[0] = '\0';
    good = image_open(&image, copy, size, why, sizeof(why));
    assert_true(good == (why[0] == '\0'));
    free(copy);
    return good;
}

static void refused(const char *said)
{
    assert_false(opens(fake.size));
    assert_string_equal(why, said);
}

static void good_one(void)
{
    fake_begin(&fake, HEAD);
    fake_entry(&fake, "files/a", DIR, "", 0, 4);
    fake_entry(&fake, "files/a/b", DIR, "", 0, 4);
    fake_entry(&fake, "files/a/b/text", FILE_, "hello", 5, IMAGE_PAGE);
    fake_entry(&fake, "files/a/c", FILE_, "", 0, 4);
    fake_entry(&fake, "files/a.txt", FILE_, "dot", 3, IMAGE_PAGE);
    fake_end(&fake);
}

static void test_good(void **state)
{
    static const char *paths[] = { "a", "a/b", "a/b/text", "a/c", "a.txt" };
    struct image_list *list;
    uint32_t end;

    (void)state;
    good_one();
    assert_true(image_recognise(fake.bytes, fake.size));
    assert_true(image_open(&image, fake.bytes, fake.size, why, sizeof(why)));
    assert_memory_equal(image.digest, fake.bytes + FAKE_DIGEST_AT, 64);
    assert_string_equal(image.manifest.name, "x");
    assert_int_equal(image.manifest.memory, 2 << 20);
    assert_int_equal(image.program_offset % IMAGE_PAGE, 0);
    assert_memory_equal(fake.bytes + image.program_offset, "\177ELF", image.program_bytes);
    assert_int_equal(image.file_count, 5);
    list = malloc(image.list_bytes);
    image_list(&image, list);
    assert_int_equal(list->count, 5);
    end = (uint32_t)(sizeof(*list) + 5 * sizeof(list->file[0]));
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(list->file[i].path, end);
        assert_string_equal((char *)list + end, paths[i]);
        end += (uint32_t)strlen(paths[i]) + 1;
    }
    assert_int_equal(end, list->bytes);
    assert_memory_equal(fake.bytes + list->file[2].offset, "hello", list->file[2].bytes);
    assert_int_equal(list->file[3].offset, 0);
    assert_int_equal(list->file[1].mode, DIR);
    free(list);
}

/* Cut anywhere, or one bit turned anywhere: refused, whatever else may be wrong then. */
static void test_damaged(void **state)
{
    uint64_t size;

    (void)state;
    good_one();
    size = fake.size;
    for (uint64_t cut = 0; cut < size; cut += cut < 300 ? 1 : 509)
        assert_false(opens(cut));
    for (uint64_t at = FAKE_DIGEST_AT; at < size; at += at < 300 ? 1 : 251) {
        bool padding = at > FAKE_DIGEST_AT + 64 && at < FAKE_DIGEST_END;

        fake.bytes[at] ^= 4;
        assert_int_equal(opens(size), padding);
        fake.bytes[at] ^= 4;
    }
    assert_true(opens(size));
    fake.bytes[FAKE_DIGEST_AT] = 'g';
    assert_false(opens(size));
    assert_non_null(strstr(why, "damaged: found content with the digest "));
}

/* Cut and sealed anew: the digest is right, the archive is not. */
static void test_cut_and_sealed(void **state)
{
    uint64_t size;

    (void)state;
    good_one();
    size = fake.size - 124; /* the trailer's length */
    for (fake.size = FAKE_DIGEST_END; fake.size < size; fake.size += 13) {
        fake_seal(&fake);
        assert_false(opens(fake.size));
    }
}

static void wrong_entry(const char *name, uint32_t mode, uint32_t bytes, uint32_t align,
                        const char *said)
{
    fake_begin(&fake, HEAD);
    fake_entry(&fake, "files/d", DIR, "", 0, 4);
    fake_entry(&fake, "files/f", FILE_, "", 0, 4);
    fake_entry(&fake, name, mode, "xyz", bytes, align);
    fake_end(&fake);
    refused(said);
}

static void test_wrong_entries(void **state)
{
    (void)state;
    wrong_entry("etc/passwd", FILE_, 0, 4, "found entry \"etc/passwd\", expected files/...");
    wrong_entry("/files/x", FILE_, 0, 4, "found entry \"/files/x\", expected files/...");
    wrong_entry("files/..", FILE_, 0, 4,
                "found entry \"files/..\", expected a path of names, at most 255 bytes");
    wrong_entry("files/f/../x", FILE_, 0, 4,
                "found entry \"files/f/../x\", expected a path of names, at most 255 bytes");
    wrong_entry("files/g//x", FILE_, 0, 4,
                "found entry \"files/g//x\", expected a path of names, at most 255 bytes");
    wrong_entry("files/g/", FILE_, 0, 4,
                "found entry \"files/g/\", expected a path of names, at most 255 bytes");
    wrong_entry("files/", FILE_, 0, 4, "found entry \"files/\", expected files/...");
    wrong_entry("files/\x1b[2J", FILE_, 0, 4,
                "found entry \"files/\x1b[2J\", expected a path of names, at most 255 bytes");
    wrong_entry("files/l", 0120777, 3, 4,
                "files/l: found type 0xa000, expected a regular file or a directory");
    wrong_entry("files/e", FILE_, 0, 4,
                "found \"files/e\" behind \"files/f\", expected ascending names");
    wrong_entry("files/f", FILE_, 0, 4,
                "found \"files/f\" behind \"files/f\", expected ascending names");
    wrong_entry("files/f/x", FILE_, 0, 4, "found \"files/f/x\", expected its directory before it");
    wrong_entry("files/g/x", FILE_, 0, 4, "found \"files/g/x\", expected its directory before it");
    wrong_entry("files/g", DIR, 3, 4, "files/g: found a directory with 3 bytes, expected none");
    fake_begin(&fake, HEAD);
    fake_entry(&fake, "files/f", FILE_, "xyz", 3, 4);
    fake_end(&fake);
    assert_false(opens(fake.size));
    assert_non_null(strstr(why, "expected a multiple of 4096"));
}

static void test_wrong_order(void **state)
{
    (void)state;
    fake.size = 0;
    fake_entry(&fake, IMAGE_MANIFEST, FILE_, HEAD, sizeof(HEAD) - 1, 4);
    refused("found entry \"bulkhead/manifest\", expected \"bulkhead/digest\"");
    fake_begin(&fake, "format = 1\n");
    fake_end(&fake);
    refused("manifest: found no line `name = ...`, expected one");
    fake.size = FAKE_DIGEST_END;
    fake_entry(&fake, IMAGE_MANIFEST, DIR, "", 0, 4);
    fake_end(&fake);
    refused("bulkhead/manifest: found type 0x4000, expected a regular file");
    fake.size = FAKE_DIGEST_END;
    fake_entry(&fake, IMAGE_MANIFEST, FILE_, HEAD, sizeof(HEAD) - 1, 4);
    fake_end(&fake);
    refused("found entry \"TRAILER!!!\", expected \"bulkhead/program\"");
    fake.size = FAKE_DIGEST_END;
    fake_entry(&fake, IMAGE_MANIFEST, FILE_, HEAD, sizeof(HEAD) - 1, 4);
    fake_entry(&fake, IMAGE_PROGRAM, FILE_, "\177ELF", 4, IMAGE_PAGE);
    fake_entry(&fake, "files/x", FILE_, "", 0, 4);
    fake_end(&fake);
    refused("found entry \"files/x\", expected the directory \"files\"");
}

/* Fields of a header: digits, lengths that leave the file or wrap. */
static void test_headers(void **state)
{
    static const struct {
        unsigned at;
        const char *bytes, *said;
    } bad[] = {
        { 0, "070702", "found no cpio entry (magic 070701) at 0xc4" },
        { 14, "0x00", "entry at 0xc4: found byte 0x78, expected a hexadecimal digit" },
        { 54, "ffffffff",
          "entry at 0xc4: found 4294967295 bytes of data at 0x144, expected them within the " },
        { 94, "00000000", "entry at 0xc4: found a name of 0 bytes, expected 1 to " },
        { 94, "ffffffff", "entry at 0xc4: found a name of 4294967295 bytes, expected 1 to " },
        { 94, "00000011", "entry at 0xc4: found a name that does not end with a zero" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        good_one();
        memcpy(fake.bytes + FAKE_DIGEST_END + bad[i].at, bad[i].bytes, strlen(bad[i].bytes));
        fake_seal(&fake);
        assert_false(opens(fake.size));
        assert_memory_equal(why, bad[i].said, strlen(bad[i].said));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),           cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_cut_and_sealed), cmocka_unit_test(test_wrong_entries),
        cmocka_unit_test(test_wrong_order),    cmocka_unit_test(test_headers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
