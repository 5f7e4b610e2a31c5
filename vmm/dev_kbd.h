/* SPDX-License-Identifier: MIT */
/*
 * 8042 keyboard controller without keyboard or mouse: it answers its own commands, pulses the
 * reset line, and never has a scan code.
 */
#ifndef VMM_DEV_KBD_H
#define VMM_DEV_KBD_H

#include <stdbool.h>
#include <stdint.h>
#include "bus.h"
#include "irq.h"

struct kbd {
    uint8_t mode;        /* command byte */
    uint8_t output_port; /* bit 0: not reset, bit 1: A20 */
    uint8_t command;     /* command that waits for its data byte, 0 = none */
    uint8_t data;
    bool full, last_was_command;
    struct irq_wire irq;
    void (*reset)(void *ctx);
    void *ctx;
};

void kbd_reset(struct kbd *kbd);
void kbd_attach(struct kbd *kbd, struct bus *io); /* ports 0x60 and 0x64 */

#endif
