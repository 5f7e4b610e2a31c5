/* SPDX-License-Identifier: MIT */
/* One interrupt wire from a device to whatever listens at its other end. */
#ifndef VMM_IRQ_H
#define VMM_IRQ_H

#include <stdbool.h>
#include <stddef.h>

struct irq_wire {
    void (*set)(void *ctx, unsigned line, bool level);
    void *ctx;
    unsigned line;
};

static inline void irq_set(const struct irq_wire *wire, bool level)
{
    if (wire->set != NULL)
        wire->set(wire->ctx, wire->line, level);
}

#endif
