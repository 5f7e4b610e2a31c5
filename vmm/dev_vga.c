/* SPDX-License-Identifier: MIT */
/* VGA registers that remember what was written and show mode 3 (80 x 25 text) at first. */
#include <string.h>
#include "dev_vga.h"

#define MISC_COLOUR 0x01u
#define LINE_HZ     31469u
#define FRAME_LINES 449u
#define SHOWN_LINES 400u

static const uint8_t mode3_crtc[25] = {
    0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00,
    0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff
};
static const uint8_t mode3_attr[21] = { 0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d,
                                        0x3e, 0x3f, 0x0c, 0, 0x0f, 0x08, 0 };
static const uint8_t mode3_gfx[9] = { 0, 0, 0, 0, 0, 0x10, 0x0e, 0, 0xff };
static const uint8_t mode3_seq[5] = { 3, 0, 3, 0, 2 };

void vga_reset(struct vga *vga)
{
    *vga = (struct vga){ .clock = vga->clock, .misc = 0x67, .dac_mask = 0xff };
    memcpy(vga->crtc, mode3_crtc, sizeof(mode3_crtc));
    memcpy(vga->attr, mode3_attr, sizeof(mode3_attr));
    memcpy(vga->gfx, mode3_gfx, sizeof(mode3_gfx));
    memcpy(vga->seq, mode3_seq, sizeof(mode3_seq));
}

/* Bit 0: display off (blanking), bit 3: vertical retrace; both move as on a real screen. */
static uint8_t status1(struct vga *vga)
{
    uint64_t tick = clock_ticks(vga->clock, clock_now(vga->clock), LINE_HZ * 2);
    bool retrace = tick / 2 % FRAME_LINES >= SHOWN_LINES;

    vga->attr_data = false;
    return (retrace ? 0x08 : 0) | (retrace || (tick & 1) ? 0x01 : 0);
}

static uint8_t dac_get(struct vga *vga)
{
    uint8_t value = vga->dac[vga->dac_read][vga->dac_part];

    if (++vga->dac_part == 3) {
        vga->dac_part = 0;
        vga->dac_read++;
    }
    return value;
}

static void dac_put(struct vga *vga, uint8_t value)
{
    vga->dac[vga->dac_write][vga->dac_part] = value & 0x3f;
    if (++vga->dac_part == 3) {
        vga->dac_part = 0;
        vga->dac_write++;
    }
}

static void attr_put(struct vga *vga, uint8_t value)
{
    if (vga->attr_data)
        vga->attr[vga->attr_index & 31] = value;
    else
        vga->attr_index = value & 0x3f;
    vga->attr_data = !vga->attr_data;
}

/* Ports 0x3c0 .. 0x3cf */
static uint64_t common_read(void *dev, uint64_t offset, unsigned size)
{
    struct vga *vga = dev;

    (void)size;
    switch (offset) {
    case 0x0: return vga->attr_index;
    case 0x1: return vga->attr[vga->attr_index & 31];
    case 0x2: return 0x10; /* input status 0: monitor sense */
    case 0x4: return vga->seq_index;
    case 0x5: return vga->seq[vga->seq_index & 7];
    case 0x6: return vga->dac_mask;
    case 0x7: return 0;
    case 0x8: return vga->dac_write;
    case 0x9: return dac_get(vga);
    case 0xa: return vga->feature;
    case 0xc: return vga->misc;
    case 0xe: return vga->gfx_index;
    case 0xf: return vga->gfx[vga->gfx_index & 15];
    default: return 0xff;
    }
}

static void common_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct vga *vga = dev;
    uint8_t byte = (uint8_t)value;

    (void)size;
    switch (offset) {
    case 0x0: attr_put(vga, byte); break;
    case 0x2: vga->misc = byte; break;
    case 0x4: vga->seq_index = byte & 7; break;
    case 0x5: vga->seq[vga->seq_index & 7] = byte; break;
    case 0x6: vga->dac_mask = byte; break;
    case 0x7: vga->dac_read = byte; vga->dac_part = 0; break;
    case 0x8: vga->dac_write = byte; vga->dac_part = 0; break;
    case 0x9: dac_put(vga, byte); break;
    case 0xe: vga->gfx_index = byte & 15; break;
    case 0xf: vga->gfx[vga->gfx_index & 15] = byte; break;
    }
}

/* The CRTC and status 1 answer at 0x3d4.. in colour mode, at 0x3b4.. in monochrome mode. */
static bool colour(const struct vga *vga)
{
    return vga->misc & MISC_COLOUR;
}

static uint64_t crtc_get(struct vga *vga, uint64_t offset)
{
    switch (offset) {
    case 0: return vga->crtc_index;
    case 1: return vga->crtc[vga->crtc_index & 31];
    case 6: return status1(vga);
    default: return 0xff;
    }
}

static void crtc_put(struct vga *vga, uint64_t offset, uint8_t value)
{
    bool locked = vga->crtc[0x11] & 0x80;

    if (offset == 0)
        vga->crtc_index = value & 31;
    else if (offset == 6)
        vga->feature = value;
    else if (offset == 1 && locked && vga->crtc_index == 7)
        vga->crtc[7] = (vga->crtc[7] & ~0x10) | (value & 0x10);
    else if (offset == 1 && !(locked && vga->crtc_index < 7))
        vga->crtc[vga->crtc_index] = value;
}

static uint64_t colour_read(void *dev, uint64_t offset, unsigned size)
{
    (void)size;
    return colour(dev) ? crtc_get(dev, offset) : 0xff;
}

static void colour_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    (void)size;
    if (colour(dev))
        crtc_put(dev, offset, (uint8_t)value);
}

static uint64_t mono_read(void *dev, uint64_t offset, unsigned size)
{
    (void)size;
    return colour(dev) ? 0xff : crtc_get(dev, offset);
}

static void mono_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    (void)size;
    if (!colour(dev))
        crtc_put(dev, offset, (uint8_t)value);
}

void vga_attach(struct vga *vga, struct bus *io)
{
    bus_add(io, &(struct bus_range){ 0x3b4, 8, 1, mono_read, mono_write, vga });
    bus_add(io, &(struct bus_range){ 0x3c0, 16, 1, common_read, common_write, vga });
    bus_add(io, &(struct bus_range){ 0x3d4, 8, 1, colour_read, colour_write, vga });
}
