/* SPDX-License-Identifier: MIT */
/* The pair of 8259A interrupt controllers of a PC (Intel 8259A data sheet; ELCR of the PIIX). */
#ifndef VMM_DEV_PIC_H
#define VMM_DEV_PIC_H

#include <stdbool.h>
#include <stdint.h>
#include "bus.h"

struct pic;

struct pic_chip {
    struct pic *pair;
    bool slave;
    uint8_t lines;    /* levels at the inputs */
    uint8_t irr;      /* latched edges; level inputs are taken from lines */
    uint8_t isr, imr;
    uint8_t elcr, elcr_mask;
    uint8_t base;     /* ICW2 */
    uint8_t lowest;   /* input with the lowest priority; 7 after initialisation */
    uint8_t icw_next; /* 0: ready; else the number of the ICW that the data port expects */
    bool icw4_needed, single, auto_eoi, rotate_auto_eoi, special_nested;
    bool special_mask, read_isr, poll;
};

struct pic {
    struct pic_chip chip[2];
    bool output; /* INTR */
};

void pic_reset(struct pic *pic);

/* Level of ISA interrupt line 0..15 (2 is the cascade and ignored). */
void pic_set_line(struct pic *pic, unsigned line, bool level);

/* The INTR output. */
static inline bool pic_output(const struct pic *pic)
{
    return pic->output;
}

/* The CPU's acknowledge cycles: the vector; spurious (7 of a chip) when nothing is pending. */
uint8_t pic_acknowledge(struct pic *pic);

/* Ports 0x20, 0xa0 and the ELCR at 0x4d0. */
void pic_attach(struct pic *pic, struct bus *io);

#endif
