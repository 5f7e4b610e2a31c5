/* SPDX-License-Identifier: MIT */
/* Single ports: 0x80 (delay), 0x92 (A20, fast reset), 0xe9 (debug text), 0xf4 (exit code). */
#ifndef VMM_DEV_MISC_H
#define VMM_DEV_MISC_H

#include <stdint.h>
#include "bus.h"

struct misc {
    uint8_t port80, port92;
    void (*text)(void *ctx, uint8_t byte);
    void (*exit)(void *ctx, uint32_t code);
    void (*reset)(void *ctx);
    void *ctx;
};

void misc_reset(struct misc *misc);
void misc_attach(struct misc *misc, struct bus *io);

#endif
