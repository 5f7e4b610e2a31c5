/* SPDX-License-Identifier: MIT */
/*
 * A bus: which device answers at an address. The same structure serves I/O ports and MMIO. What
 * nobody claims reads as all ones, ignores writes, and is counted.
 */
#ifndef VMM_BUS_H
#define VMM_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUS_MAX_RANGES 40

/* Accesses come with the offset from the range's base; size is 1, 2, 4 or 8, at most `width`:
 * wider ones and those that cross the range's end are cut into bytes first. */
struct bus_range {
    uint64_t base, bytes;
    unsigned width;
    uint64_t (*read)(void *dev, uint64_t offset, unsigned size);
    void (*write)(void *dev, uint64_t offset, unsigned size, uint64_t value);
    void *dev;
};

struct bus {
    struct bus_range range[BUS_MAX_RANGES]; /* ascending */
    unsigned count;
    uint64_t address_mask;
    /* the last answer of a search: [known_base, known_base + known_bytes) is known's, or nobody's */
    uint64_t known_base, known_bytes;
    const struct bus_range *known;
    uint64_t unclaimed_reads, unclaimed_writes;
    uint64_t last_unclaimed;
};

void bus_init(struct bus *bus, uint64_t address_mask);

/* Add a device's range; aborts when the table is full or ranges overlap (a bug of ours). */
void bus_add(struct bus *bus, const struct bus_range *range);

/* Whether any device answers there. */
bool bus_claims(struct bus *bus, uint64_t address);
uint64_t bus_read(struct bus *bus, uint64_t address, unsigned size);
void bus_write(struct bus *bus, uint64_t address, unsigned size, uint64_t value);

/* The short way: the range that takes an access as it is, when it is the one that answered last. */
static inline const struct bus_range *bus_quick(const struct bus *bus, uint64_t address, unsigned size)
{
    const struct bus_range *known = bus->known;

    if (known == NULL || size > known->width || address - known->base > known->bytes - size)
        return NULL;
    return known;
}

/* All ones of an access of 1, 2, 4 or 8 bytes. */
static inline uint64_t bus_ones(unsigned size)
{
    return size >= 8 ? UINT64_MAX : (1ull << (8 * size)) - 1;
}

#endif
