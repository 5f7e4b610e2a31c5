/* SPDX-License-Identifier: MIT */
/* The ports of a PC that belong to no larger device, and the two that virtual PCs add. */
#include <abi/guest.h>
#include "dev_misc.h"

#define FAST_RESET 0x01u
#define A20        0x02u

void misc_reset(struct misc *misc)
{
    misc->port80 = 0;
    misc->port92 = A20;
}

static uint64_t port80_read(void *dev, uint64_t offset, unsigned size)
{
    struct misc *misc = dev;

    (void)offset;
    (void)size;
    return misc->port80;
}

static void port80_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct misc *misc = dev;

    (void)offset;
    (void)size;
    misc->port80 = (uint8_t)value;
}

static uint64_t port92_read(void *dev, uint64_t offset, unsigned size)
{
    struct misc *misc = dev;

    (void)offset;
    (void)size;
    return misc->port92;
}

static void port92_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct misc *misc = dev;
    uint8_t old = misc->port92;

    (void)offset;
    (void)size;
    misc->port92 = (uint8_t)value | A20;
    if ((value & FAST_RESET) && !(old & FAST_RESET))
        misc->reset(misc->ctx);
}

static uint64_t text_read(void *dev, uint64_t offset, unsigned size)
{
    (void)dev;
    (void)offset;
    (void)size;
    return GUEST_PORT_DEBUG;
}

static void text_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct misc *misc = dev;

    (void)offset;
    (void)size;
    misc->text(misc->ctx, (uint8_t)value);
}

static uint64_t exit_read(void *dev, uint64_t offset, unsigned size)
{
    (void)dev;
    (void)offset;
    (void)size;
    return 0;
}

static void exit_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct misc *misc = dev;

    (void)size;
    if (offset == 0)
        misc->exit(misc->ctx, (uint32_t)value);
}

void misc_attach(struct misc *misc, struct bus *io)
{
    bus_add(io, &(struct bus_range){ 0x80, 1, 1, port80_read, port80_write, misc });
    bus_add(io, &(struct bus_range){ 0x92, 1, 1, port92_read, port92_write, misc });
    bus_add(io, &(struct bus_range){ GUEST_PORT_DEBUG, 1, 1, text_read, text_write, misc });
    bus_add(io, &(struct bus_range){ GUEST_PORT_EXIT, 4, 4, exit_read, exit_write, misc });
}
