/* SPDX-License-Identifier: MIT */
/* The letters of the screen; font.S: made by tools/mkfont from a console font of the distribution. */
#ifndef KERNEL_FONT_H
#define KERNEL_FONT_H

#include <stdint.h>

#define FONT_WIDTH  8u
#define FONT_HEIGHT 16u
#define FONT_FIRST  ' '
#define FONT_LAST   '~'

extern const uint8_t font[FONT_LAST - FONT_FIRST + 1][FONT_HEIGHT]; /* bit 7 is the leftmost pixel */

#endif
