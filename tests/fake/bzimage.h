/* SPDX-License-Identifier: MIT */
/* The setup header of a bzImage that every loader takes (boot protocol 2.15); sizes and addresses are the test's. */
#ifndef FAKE_BZIMAGE_H
#define FAKE_BZIMAGE_H

#include <stdint.h>
#include <string.h>

static inline void fake_bzimage(uint8_t *file, uint8_t setup_sectors)
{
    static const uint8_t boot_flag[] = { 0x55, 0xaa }, version[] = { 0x0f, 0x02 }, anywhere[] = { 0xff, 0xff, 0xff, 0x7f };

    file[0x1f1] = setup_sectors;
    memcpy(file + 0x1fe, boot_flag, sizeof(boot_flag));
    memcpy(file + 0x202, "HdrS", 4);
    memcpy(file + 0x206, version, sizeof(version));
    file[0x211] = 1; /* loaded high */
    memcpy(file + 0x22c, anywhere, sizeof(anywhere));
    file[0x234] = 1; /* relocatable */
    file[0x236] = 1; /* has a 64-bit entry */
}

#endif
