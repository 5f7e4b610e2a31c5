// SPDX-License-Identifier: MIT
// Text on the linear frame buffer (UEFI 2.10, 12.9). The frame buffer is written only, and only
// where a character changed: reading it is slow on every machine.
#include <lib/string.h>
#include "font.h"
#include "log.h"
#include "memory.h"

#define MAX_COLUMNS 240u
#define MAX_ROWS    68u
#define INK         0x00d0d0d0u // greys: the order of the colours in a pixel does not matter
#define PAPER       0x00101010u

static volatile uint8_t *pixels; // NULL: no screen
static uint32_t line_bytes;
static unsigned scale;           // screen pixels for one of the font
static unsigned columns, rows, column, row;
static unsigned top;             // line of `text` that is the first on the screen
static char text[MAX_ROWS][MAX_COLUMNS];
static char shown[MAX_ROWS][MAX_COLUMNS];
static unsigned first = MAX_ROWS, end;           // rows of the screen that may have changed
static enum { PLAIN, ESCAPE, SEQUENCE } input; // where in a terminal's escape sequence we are

static uint64_t two_pixels(uint8_t bits, unsigned at)
{
    uint64_t left = bits << at & 0x80 ? INK : PAPER;
    uint64_t right = bits << at & 0x40 ? INK : PAPER;

    return left | right << 32;
}

// The eight pixels of one line of a glyph, each `scale` wide.
static void draw_bits(volatile uint8_t *at, uint8_t bits)
{
    if (scale == 1) {
        for (unsigned x = 0; x < FONT_WIDTH; x += 2)
            ((volatile uint64_t *)at)[x / 2] = two_pixels(bits, x);
        return;
    }
    for (unsigned x = 0; x < FONT_WIDTH * scale; x++)
        ((volatile uint32_t *)at)[x] = bits << (x / scale) & 0x80 ? INK : PAPER;
}

static void draw_cell(unsigned r, unsigned c, char letter)
{
    bool known = letter >= FONT_FIRST && letter <= FONT_LAST;
    const uint8_t *glyph = font[known ? letter - FONT_FIRST : 0];
    volatile uint8_t *at = pixels + (uint64_t)r * FONT_HEIGHT * scale * line_bytes + c * FONT_WIDTH * scale * 4;

    for (unsigned y = 0; y < FONT_HEIGHT * scale; y++, at += line_bytes)
        draw_bits(at, glyph[y / scale]);
}

static void draw_changes(void)
{
    for (unsigned r = first; r < end; r++) {
        const char *line = text[(top + r) % rows];
        for (unsigned c = 0; c < columns; c++) {
            if (shown[r][c] == line[c])
                continue;
            shown[r][c] = line[c];
            draw_cell(r, c, line[c]);
        }
    }
    first = MAX_ROWS;
    end = 0;
}

// The line that the cursor is in, to be changed.
static char *line_at_cursor(void)
{
    if (row < first)
        first = row;
    if (row >= end)
        end = row + 1;
    return text[(top + row) % rows];
}

static void next_line(void)
{
    column = 0;
    if (++row < rows)
        return;
    row = rows - 1;
    top = (top + 1) % rows;
    memset(line_at_cursor(), ' ', columns);
    first = 0;
}

static void put_letter(char c)
{
    if (column == columns)
        next_line();
    line_at_cursor()[column++] = c;
}

// Line editing and programs send terminal sequences (ECMA-48): of these, only "erase to the end
// of the line" is obeyed; the others vanish.
static void put(char c)
{
    if (input == ESCAPE) {
        input = c == '[' ? SEQUENCE : PLAIN;
    } else if (input == SEQUENCE) {
        if (c < '@' || c > '~')
            return;
        input = PLAIN;
        if (c == 'K')
            memset(line_at_cursor() + column, ' ', columns - column);
    } else if (c == '\n') {
        next_line();
    } else if (c == '\r') {
        column = 0;
    } else if (c == '\b') {
        column -= column > 0;
    } else if (c == '\t') {
        do
            put_letter(' ');
        while (column % 8 != 0);
    } else if (c == 0x1b) {
        input = ESCAPE;
    } else if (c >= ' ' && c <= '~') {
        put_letter(c);
    }
}

void screen_put(const char *bytes, size_t count)
{
    if (!pixels)
        return;
    for (size_t i = 0; i < count; i++)
        put(bytes[i]);
    draw_changes();
}

static unsigned smaller(unsigned a, unsigned b) { return a < b ? a : b; }

void screen_init(const struct boot_info *boot)
{
    const struct boot_framebuffer *fb = &boot->framebuffer;
    uint32_t width = smaller(fb->width, fb->pixels_per_line);

    if (fb->base == 0 || width < 80 * FONT_WIDTH || fb->height < 10 * FONT_HEIGHT)
        return;
    line_bytes = fb->pixels_per_line * 4;
    // On screens with very many pixels these are small: larger letters.
    scale = 1 + (width - 1) / (MAX_COLUMNS * FONT_WIDTH);
    columns = smaller(width / (FONT_WIDTH * scale), MAX_COLUMNS);
    rows = smaller(fb->height / (FONT_HEIGHT * scale), MAX_ROWS);
    memset(text, ' ', sizeof(text));
    memset(shown, ' ', sizeof(shown));
    uint64_t bytes = (uint64_t)line_bytes * fb->height;
    volatile uint8_t *at = ptab_map_device(fb->base, bytes, PTE_PWT); // write-combining
    for (uint64_t i = 0; i + 4 <= bytes; i += 4)
        *(volatile uint32_t *)(at + i) = PAPER;
    // What the scale leaves over goes half to each side.
    pixels = at + (uint64_t)(fb->height - rows * FONT_HEIGHT * scale) / 2 * line_bytes +
             (width - columns * FONT_WIDTH * scale) / 2 * 4;
}
