/* SPDX-License-Identifier: MIT */
/* Lookup and splitting of port and MMIO accesses. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "bus.h"

void bus_init(struct bus *bus, uint64_t address_mask)
{
    *bus = (struct bus){ .address_mask = address_mask };
}

/* Index of the first range that ends behind the address. */
static unsigned bus_search(const struct bus *bus, uint64_t address)
{
    unsigned low = 0, high = bus->count;

    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (address - bus->range[middle].base < bus->range[middle].bytes || address < bus->range[middle].base)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Accesses come in runs to one place: remember the range, or the gap, that answered last. */
static const struct bus_range *bus_find(struct bus *bus, uint64_t address)
{
    unsigned at;
    uint64_t end;

    if (address - bus->known_base < bus->known_bytes)
        return bus->known;
    at = bus_search(bus, address);
    if (at < bus->count && address >= bus->range[at].base) {
        bus->known = &bus->range[at];
        bus->known_base = bus->range[at].base;
        bus->known_bytes = bus->range[at].bytes;
        return bus->known;
    }
    end = at < bus->count ? bus->range[at].base : bus->address_mask;
    bus->known = NULL;
    bus->known_base = at == 0 ? 0 : bus->range[at - 1].base + bus->range[at - 1].bytes;
    bus->known_bytes = end - bus->known_base;
    return NULL;
}

void bus_add(struct bus *bus, const struct bus_range *range)
{
    unsigned at = bus_search(bus, range->base);

    if (bus->count == BUS_MAX_RANGES || (at < bus->count && bus->range[at].base < range->base + range->bytes))
        abort();
    memmove(&bus->range[at + 1], &bus->range[at], (bus->count++ - at) * sizeof(*range));
    bus->range[at] = *range;
    bus->known_bytes = 0;
    bus->known = NULL;
}

/* The device takes an access as it is when it is not too wide for it and does not leave it. */
static const struct bus_range *bus_whole(struct bus *bus, uint64_t address, unsigned size)
{
    const struct bus_range *range = bus_find(bus, address);

    if (range == NULL || size > range->width || size > range->bytes - (address - range->base))
        return NULL;
    return range;
}

bool bus_claims(struct bus *bus, uint64_t address)
{
    return bus_find(bus, address & bus->address_mask) != NULL;
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
