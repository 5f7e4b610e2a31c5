/* SPDX-License-Identifier: MIT */
/* Registers of CPUs that come and go. */
#include <abi/guest.h>
#include "dev_hotcpu.h"

#define FIRST 1u /* CPU 0 neither comes nor goes */

void hotcpu_reset(struct hotcpu *hotcpu, unsigned cpus)
{
    hotcpu->all = (uint32_t)((1ull << cpus) - 1);
    hotcpu->there = (hotcpu->wanted & hotcpu->all) | FIRST;
    hotcpu->came = hotcpu->back = 0;
}

void hotcpu_want(struct hotcpu *hotcpu, uint32_t wanted)
{
    uint32_t new = wanted & hotcpu->all & ~hotcpu->there;
    uint32_t too_much = hotcpu->there & ~wanted & ~FIRST;

    hotcpu->wanted = wanted;
    hotcpu->there |= new;
    hotcpu->came |= new;
    hotcpu->back = too_much; /* a wish that is withdrawn is forgotten */
    if ((new | too_much) != 0)
        hotcpu->changed(hotcpu->ctx);
}

static void give(struct hotcpu *hotcpu, uint32_t cpus)
{
    cpus &= hotcpu->there & ~FIRST;
    hotcpu->there &= ~cpus;
    hotcpu->came &= ~cpus;
    hotcpu->back &= ~cpus;
    if (cpus != 0)
        hotcpu->gave(hotcpu->ctx, cpus);
}

static uint64_t word_read(void *dev, uint64_t offset, unsigned size)
{
    const struct hotcpu *hotcpu = dev;
    const uint32_t words[4] = { hotcpu->there, hotcpu->came, hotcpu->back, 0 };

    (void)size;
    return words[offset / 4] >> (8 * (offset % 4));
}

static void word_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct hotcpu *hotcpu = dev;
    uint32_t bits = (uint32_t)((value & bus_ones(size)) << (8 * (offset % 4)));

    switch (offset & ~3ull) {
    case GUEST_CPUS_CAME: hotcpu->came &= ~bits; break;
    case GUEST_CPUS_BACK: hotcpu->back &= ~bits; break;
    case GUEST_CPUS_GIVE: give(hotcpu, bits); break;
    default: break; /* read-only */
    }
}

void hotcpu_attach(struct hotcpu *hotcpu, struct bus *io)
{
    bus_add(io, &(struct bus_range){ GUEST_PORT_CPUS, 16, 4, word_read, word_write, hotcpu });
}
