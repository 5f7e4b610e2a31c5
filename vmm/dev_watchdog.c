/* SPDX-License-Identifier: MIT */
/* One port: writes are signs of life, reads show that it is there. */
#include <abi/guest.h>
#include "dev_watchdog.h"

static uint64_t port_read(void *dev, uint64_t offset, unsigned size)
{
    (void)dev;
    (void)offset;
    (void)size;
    return GUEST_PORT_WATCHDOG;
}

static void port_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    const struct watchdog *watchdog = dev;

    (void)offset;
    (void)size;
    (void)value;
    if (watchdog->kick != NULL)
        watchdog->kick();
}

void watchdog_attach(struct watchdog *watchdog, struct bus *io)
{
    bus_add(io, &(struct bus_range){ GUEST_PORT_WATCHDOG, 1, 1, port_read, port_write, watchdog });
}
