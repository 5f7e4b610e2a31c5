/* SPDX-License-Identifier: MIT */
/* Letters on frame buffers of several sizes: the right pixels, and none outside. */
// sources: lib/letters.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <lib/letters.h>

const uint8_t font[FONT_LAST - FONT_FIRST + 1][FONT_HEIGHT] = {
    ['A' - FONT_FIRST] = {0x80, 0x41}, ['~' - FONT_FIRST] = {[FONT_HEIGHT - 1] = 0xff},
};

static void test_sizes(void **state)
{
    static uint32_t some;
    struct letters l;

    (void)state;
    assert_false(letters_init(&l, NULL, 1024, 768, 4096));
    assert_false(letters_init(&l, &some, 0, 0, 0));
    assert_false(letters_init(&l, &some, 639, 480, 4096));
    assert_false(letters_init(&l, &some, 1024, 159, 4096));
    assert_false(letters_init(&l, &some, 1024, 768, 1000)); // lines that do not hold the width
    assert_true(letters_init(&l, &some, 1024, 768, 4096));
    assert_int_equal(l.columns, 128);
    assert_int_equal(l.rows, 48);
    assert_int_equal(l.scale, 1);
    assert_true(letters_init(&l, &some, 3840, 2160, 3840 * 4));
    assert_int_equal(l.scale, 2);
    assert_in_range(l.columns, 80, LETTERS_COLUMNS);
    assert_in_range(l.rows, 10, LETTERS_ROWS);
}

/* The last cell of a screen that the letters do not fill exactly: inside the buffer, each pixel as the font says. */
static void draw(uint32_t width, uint32_t height, uint32_t line)
{
    uint32_t *pixels = malloc((size_t)line * height * 4); // exactly: the sanitizer guards its ends
    struct letters l;

    memset(pixels, 0xee, (size_t)line * height * 4);
    assert_true(letters_init(&l, pixels, width, height, line * 4));
    letters_clear(&l);
    uint32_t paper = pixels[0];
    for (size_t i = 0; i < (size_t)line * height; i++)
        assert_int_equal(pixels[i], paper);
    letters_draw(&l, l.rows - 1, l.columns - 1, '~');
    letters_draw(&l, 0, 0, 'A');
    letters_draw(&l, 0, 1, '\x80'); // no such letter: blank
    size_t left = (width - l.columns * 8 * l.scale) / 2, above = (height - l.rows * 16 * l.scale) / 2;
    const uint32_t *first = pixels + above * line + left;
    for (unsigned y = 0; y < 16 * l.scale; y++)
        for (unsigned x = 0; x < 16 * l.scale; x++) {
            bool ink = x < 8 * l.scale && font['A' - FONT_FIRST][y / l.scale] << (x / l.scale) & 0x80;
            assert_int_equal(first[y * line + x] != paper, ink);
        }
    size_t inked = 0;
    for (size_t i = 0; i < (size_t)line * height; i++)
        inked += pixels[i] != paper;
    assert_int_equal(inked, (3 + 8) * l.scale * l.scale);
    free(pixels);
}

static void test_drawing(void **state)
{
    (void)state;
    draw(640, 160, 640);
    draw(1366, 768, 1376);
    draw(2560, 1440, 2560);
    draw(5000, 400, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes), cmocka_unit_test(test_drawing)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
