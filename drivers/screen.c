// SPDX-License-Identifier: MIT
// A terminal on the frame buffer: written only, and only where a character changed, because
// reading it is slow on every machine.
#include <string.h>
#include <lib/letters.h>
#include "screen.h"

static struct letters screen;
static unsigned column, row;
static unsigned top; // line of `text` that is the first on the screen
static char text[LETTERS_ROWS][LETTERS_COLUMNS];
static char shown[LETTERS_ROWS][LETTERS_COLUMNS];
static unsigned first = LETTERS_ROWS, end;     // rows of the screen that may have changed
static enum { PLAIN, ESCAPE, SEQUENCE } input; // where in a terminal's escape sequence we are

static void draw_changes(void)
{
    for (unsigned r = first; r < end; r++) {
        const char *line = text[(top + r) % screen.rows];
        for (unsigned c = 0; c < screen.columns; c++) {
            if (shown[r][c] == line[c])
                continue;
            shown[r][c] = line[c];
            letters_draw(&screen, r, c, line[c]);
        }
    }
    first = LETTERS_ROWS;
    end = 0;
}

// The line that the cursor is in, to be changed.
static char *line_at_cursor(void)
{
    if (row < first)
        first = row;
    if (row >= end)
        end = row + 1;
    return text[(top + row) % screen.rows];
}

static void next_line(void)
{
    column = 0;
    if (++row < screen.rows)
        return;
    row = screen.rows - 1;
    top = (top + 1) % screen.rows;
    memset(line_at_cursor(), ' ', screen.columns);
    first = 0;
}

static void put_letter(char c)
{
    if (column == screen.columns)
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
            memset(line_at_cursor() + column, ' ', screen.columns - column);
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
    if (!screen.base)
        return;
    for (size_t i = 0; i < count; i++)
        put(bytes[i]);
    draw_changes();
}

bool screen_start(volatile void *base, uint32_t width, uint32_t height, uint32_t line_bytes)
{
    if (!letters_init(&screen, base, width, height, line_bytes))
        return false;
    memset(text, ' ', sizeof(text));
    memset(shown, ' ', sizeof(shown));
    letters_clear(&screen);
    return true;
}
