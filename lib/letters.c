// SPDX-License-Identifier: MIT
// Letters on a frame buffer. Reading it is slow on every machine: it is written only.
#include <lib/letters.h>

#define INK   0x00d0d0d0u // greys: the order of the colours in a pixel does not matter
#define PAPER 0x00101010u

static unsigned smaller(unsigned a, unsigned b) { return a < b ? a : b; }

bool letters_init(struct letters *l, volatile void *base, uint32_t width, uint32_t height, uint32_t line_bytes)
{
    width = smaller(width, line_bytes / 4);
    if (!base || width < 80 * FONT_WIDTH || height < 10 * FONT_HEIGHT)
        return false;
    // On screens with very many pixels these are small: larger letters.
    unsigned scale = 1 + (width - 1) / (LETTERS_COLUMNS * FONT_WIDTH);
    unsigned columns = smaller(width / (FONT_WIDTH * scale), LETTERS_COLUMNS);
    unsigned rows = smaller(height / (FONT_HEIGHT * scale), LETTERS_ROWS);
    // What the scale leaves over goes half to each side.
    uint64_t above = (height - rows * FONT_HEIGHT * scale) / 2, left = (width - columns * FONT_WIDTH * scale) / 2;
    *l = (struct letters){ base, (volatile uint8_t *)base + above * line_bytes + left * 4, line_bytes, height, scale,
                           columns, rows };
    return true;
}

void letters_clear(const struct letters *l)
{
    for (uint64_t i = 0; i + 4 <= (uint64_t)l->line_bytes * l->height; i += 4)
        *(volatile uint32_t *)(l->base + i) = PAPER;
}

void letters_draw(const struct letters *l, unsigned row, unsigned column, char letter)
{
    const uint8_t *glyph = font[letter >= FONT_FIRST && letter <= FONT_LAST ? letter - FONT_FIRST : 0];
    volatile uint8_t *at = l->first + (uint64_t)row * FONT_HEIGHT * l->scale * l->line_bytes +
                           column * FONT_WIDTH * l->scale * 4;

    for (unsigned y = 0; y < FONT_HEIGHT * l->scale; y++, at += l->line_bytes)
        for (unsigned x = 0; x < FONT_WIDTH * l->scale; x++)
            ((volatile uint32_t *)at)[x] = glyph[y / l->scale] << (x / l->scale) & 0x80 ? INK : PAPER;
}
