/* SPDX-License-Identifier: MIT */
/* BIOS data area at 0x400: serial port, base memory, text mode, end of conventional memory. */
#include <stddef.h>
#include "bios_data.h"
#include "blob.h"

#define BDA 0x400u

void bios_data_write(const struct mem *mem)
{
    struct blob bda = { mem_ptr(mem, BDA, 256), 256, 0 };

    if (bda.bytes == NULL)
        return;
    blob_set(&bda, 0x00, 0x3f8, 2);  /* COM1 */
    blob_set(&bda, 0x0e, 0x9fc0, 2); /* segment of the extended data area: 1 KiB below 640 KiB */
    blob_set(&bda, 0x10, 0x0226, 2); /* equipment: FPU, 80 x 25 colour, one serial port */
    blob_set(&bda, 0x13, 639, 2);    /* KiB of base memory */
    blob_set(&bda, 0x49, 3, 1);      /* video mode */
    blob_set(&bda, 0x4a, 80, 2);     /* columns */
    blob_set(&bda, 0x4c, 4000, 2);   /* bytes of a page */
    blob_set(&bda, 0x60, 0x0d0e, 2); /* cursor shape */
    blob_set(&bda, 0x63, 0x3d4, 2);  /* CRTC port */
    blob_set(&bda, 0x84, 24, 1);     /* rows - 1 */
    blob_set(&bda, 0x85, 16, 2);     /* scan lines of a character */
}
