/* SPDX-License-Identifier: MIT */
/* Lookup and splitting of port and MMIO accesses. */
#include <stddef.h>
#include <stdlib.h>
#include "bus.h"

void bus_init(struct bus *bus, uint64_t address_mask)
{
    *bus = (struct bus){ .address_mask = address_mask };
}

static struct bus_range *bus_find(struct bus *bus, uint64_t address)
{
    for (unsigned i = 0; i < bus->count; i++)
        if (address - bus->range[i].base < bus->range[i].bytes)
            return &bus->range[i];
    return NULL;
}

void bus_add(struct bus *bus, const struct bus_range *range)
{
    if (bus->count == BUS_MAX_RANGES || bus_find(bus, range->base) != NULL ||
        bus_find(bus, range->base + range->bytes - 1) != NULL)
        abort();
    bus->range[bus->count++] = *range;
}

/* The device takes an access as it is when it is not too wide for it and does not leave it. */
static const struct bus_range *bus_whole(struct bus *bus, uint64_t address, unsigned size)
{
    const struct bus_range *range = bus_find(bus, address);

    if (range == NULL || size > range->width || size > range->bytes - (address - range->base))
        return NULL;
    return range;
}

static uint64_t read_byte(struct bus *bus, uint64_t address)
{
    const struct bus_range *range = bus_whole(bus, address, 1);

    if (range != NULL)
        return range->read(range->dev, address - range->base, 1) & 0xff;
    bus->unclaimed_reads++;
    bus->last_unclaimed = address;
    return 0xff;
}

uint64_t bus_read(struct bus *bus, uint64_t address, unsigned size)
{
    const struct bus_range *range = bus_whole(bus, address & bus->address_mask, size);
    uint64_t value = 0;

    if (range != NULL)
        return range->read(range->dev, (address & bus->address_mask) - range->base, size) &
               bus_ones(size);
    for (unsigned i = 0; i < size; i++)
        value |= read_byte(bus, (address + i) & bus->address_mask) << (8 * i);
    return value;
}

static void write_byte(struct bus *bus, uint64_t address, uint64_t value)
{
    const struct bus_range *range = bus_whole(bus, address, 1);

    if (range != NULL) {
        range->write(range->dev, address - range->base, 1, value);
        return;
    }
    bus->unclaimed_writes++;
    bus->last_unclaimed = address;
}

void bus_write(struct bus *bus, uint64_t address, unsigned size, uint64_t value)
{
    const struct bus_range *range = bus_whole(bus, address & bus->address_mask, size);

    if (range != NULL) {
        range->write(range->dev, (address & bus->address_mask) - range->base, size,
                     value & bus_ones(size));
        return;
    }
    for (unsigned i = 0; i < size; i++)
        write_byte(bus, (address + i) & bus->address_mask, (value >> (8 * i)) & 0xff);
}
