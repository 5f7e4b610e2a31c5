/* SPDX-License-Identifier: MIT */
/* Letters on a linear frame buffer of 32 bits a pixel (UEFI 2.10, 12.9), which is only ever written. */
#ifndef LIB_LETTERS_H
#define LIB_LETTERS_H

#include <stdbool.h>
#include <stdint.h>

#define FONT_WIDTH  8u
#define FONT_HEIGHT 16u
#define FONT_FIRST  ' '
#define FONT_LAST   '~'
extern const uint8_t font[FONT_LAST - FONT_FIRST + 1][FONT_HEIGHT]; /* font.S; bit 7 is the leftmost pixel */

#define LETTERS_COLUMNS 240u /* at most */
#define LETTERS_ROWS    68u

struct letters {
    volatile uint8_t *base, *first; /* the frame buffer; the top left letter */
    uint32_t line_bytes, height;
    unsigned scale; /* screen pixels for one of the font */
    unsigned columns, rows;
};

/* Makes *l for a frame buffer; false = too small, or none (base NULL). */
bool letters_init(struct letters *l, volatile void *base, uint32_t width, uint32_t height, uint32_t line_bytes);
void letters_clear(const struct letters *l);
void letters_draw(const struct letters *l, unsigned row, unsigned column, char letter);

#endif
