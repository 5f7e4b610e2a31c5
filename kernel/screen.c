// SPDX-License-Identifier: MIT
// Ring 0 on the screen: plain text from the top; a full screen is cleared and begun anew. What is
// more than that, drivers/screen.c does in ring 3.
#include <lib/letters.h>
#include "log.h"
#include "memory.h"

static struct letters screen;
static unsigned row, column;

void screen_clear(void)
{
    row = column = 0;
    if (screen.base)
        letters_clear(&screen);
}

void screen_put(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes && screen.base; i++) {
        if (row == screen.rows)
            screen_clear();
        if (text[i] != '\n')
            letters_draw(&screen, row, column++, text[i]);
        if (text[i] == '\n' || column == screen.columns) {
            column = 0;
            row++;
        }
    }
}

void screen_init(const struct boot_info *boot)
{
    const struct boot_framebuffer *fb = &boot->framebuffer;
    uint32_t line_bytes = fb->pixels_per_line * 4;

    if (fb->base && letters_init(&screen, ptab_map_device(fb->base, (uint64_t)line_bytes * fb->height, PTE_PWT),
                                 fb->width, fb->height, line_bytes)) // PWT: write-combining
        screen_clear();
}
