/* SPDX-License-Identifier: MIT */
/* 8254 interval timer and the port 0x61 that gates its channel 2 (Intel 8254 data sheet). */
#ifndef VMM_DEV_PIT_H
#define VMM_DEV_PIT_H

#include <stdbool.h>
#include <stdint.h>
#include "bus.h"
#include "clock.h"
#include "irq.h"

#define PIT_HZ 1193182u

struct pit_channel {
    uint8_t mode, rw;      /* rw: 1 low byte, 2 high byte, 3 both */
    bool bcd, gate;
    bool loaded;           /* a count was written since the control word */
    bool triggered;        /* modes 1 and 5: the gate rose since then */
    bool has_next;         /* modes 2 and 3: `next` replaces `count` at the end of the period */
    uint32_t count, next;  /* 1 .. 65536 (10000 in BCD) */
    uint64_t start;        /* PIT tick at which the count was loaded into the counter */
    uint64_t frozen;       /* modes 0 and 4: ticks counted when the gate fell */
    bool write_high, read_high;
    uint8_t write_low;
    uint8_t latched;       /* bytes of the latched count still to be read */
    uint16_t latch;
    bool status_latched;
    uint8_t status;
};

struct pit {
    struct pit_channel channel[3];
    const struct clock *clock;
    struct irq_wire irq;   /* OUT of channel 0 */
    uint64_t seen;         /* PIT tick up to which edges of channel 0 were delivered */
    uint64_t deadline;     /* TSC of the next edge, or CLOCK_NEVER */
    uint8_t port61;
};

void pit_reset(struct pit *pit);

/* Deliver what happened up to TSC `now`. Due at pit->deadline. */
void pit_update(struct pit *pit, uint64_t now);

/* Ports 0x40-0x43 and 0x61. */
void pit_attach(struct pit *pit, struct bus *io);

#endif
