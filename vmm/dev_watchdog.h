/* SPDX-License-Identifier: MIT */
/*
 * The partition's watchdog as a guest sees it: any byte written to GUEST_PORT_WATCHDOG is a sign of
 * life. Who misses them, and what happens then, is root's business.
 */
#ifndef VMM_DEV_WATCHDOG_H
#define VMM_DEV_WATCHDOG_H

#include "bus.h"

struct watchdog {
    void (*kick)(void); /* NULL: nobody listens */
};

void watchdog_attach(struct watchdog *watchdog, struct bus *io);

#endif
