// SPDX-License-Identifier: MIT
// Text on the frame buffer.
#include "log.h"

void screen_init(const struct boot_info *boot)
{
    (void)boot;
}

void screen_put(const char *text, size_t bytes)
{
    (void)text;
    (void)bytes;
}
