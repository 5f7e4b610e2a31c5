/* SPDX-License-Identifier: MIT */
/*
 * The register files of a VGA in text mode (IBM VGA reference, ports 0x3b4-0x3df). The text memory
 * is plain RAM at 0xb8000; nobody draws it, but a guest that looks for a display finds one.
 */
#ifndef VMM_DEV_VGA_H
#define VMM_DEV_VGA_H

#include <stdbool.h>
#include <stdint.h>
#include "bus.h"
#include "clock.h"

struct vga {
    uint8_t misc, feature;
    uint8_t attr_index, seq_index, gfx_index, crtc_index;
    bool attr_data; /* the flip-flop of port 0x3c0 */
    uint8_t attr[32], seq[8], gfx[16], crtc[32];
    uint8_t dac[256][3];
    uint8_t dac_mask, dac_read, dac_write, dac_part;
    const struct clock *clock;
};

void vga_reset(struct vga *vga);
void vga_attach(struct vga *vga, struct bus *io);

#endif
