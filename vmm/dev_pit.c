/* SPDX-License-Identifier: MIT */
/* 8254: control words, latches, read-back, and channel 0's edges on IRQ 0. */
#include "dev_pit.h"
#include "pit_channel.h"

#define PORT61_GATE2   0x01u
#define PORT61_REFRESH 0x10u
#define PORT61_OUT2    0x20u
#define REFRESH_TICKS  18u /* 15 microseconds */

static uint64_t ticks_at(const struct pit *pit, uint64_t tsc)
{
    return clock_ticks(pit->clock, tsc, PIT_HZ);
}

void pit_reset(struct pit *pit)
{
    *pit = (struct pit){ .clock = pit->clock, .irq = pit->irq, .deadline = CLOCK_NEVER };
    for (unsigned i = 0; i < 3; i++) {
        pit->channel[i].gate = i != 2;
        pit->channel[i].count = 65536;
        pit->channel[i].rw = 3;
        pit->channel[i].mode = 3;
    }
    pit->seen = ticks_at(pit, clock_now(pit->clock));
    irq_set(&pit->irq, true); /* OUT of a stopped channel in mode 3 */
}

static void sync_to(struct pit *pit, uint64_t tick)
{
    struct pit_channel *timer = &pit->channel[0];
    uint64_t next;

    if (pit_channel_next_rise(timer, pit->seen) <= tick) {
        /* However many edges were missed: an edge that nobody took merges with the next. */
        irq_set(&pit->irq, false);
        irq_set(&pit->irq, true);
    }
    for (unsigned i = 0; i < 3; i++)
        pit_channel_sync(&pit->channel[i], tick);
    irq_set(&pit->irq, pit_channel_out(timer, tick));
    pit->seen = tick;
    next = pit_channel_next_rise(timer, tick);
    pit->deadline = next == PIT_NEVER ? CLOCK_NEVER : clock_tsc_at(pit->clock, next, PIT_HZ);
}

void pit_update(struct pit *pit, uint64_t now)
{
    sync_to(pit, ticks_at(pit, now));
}

static uint64_t sync_now(struct pit *pit)
{
    uint64_t tick = ticks_at(pit, clock_now(pit->clock));

    sync_to(pit, tick);
    return tick;
}

static uint8_t status_of(const struct pit_channel *c, uint64_t tick)
{
    return (uint8_t)(pit_channel_out(c, tick) << 7 | pit_channel_null(c, tick) << 6 | c->rw << 4 |
                     c->mode << 1 | (c->bcd ? 1 : 0));
}

static void latch_count(struct pit_channel *c, uint64_t tick)
{
    if (c->latched != 0)
        return; /* the first latch holds until it was read */
    c->latch = pit_channel_value(c, tick);
    c->latched = c->rw == 3 ? 2 : 1;
}

static void read_back(struct pit *pit, uint8_t value, uint64_t tick)
{
    for (unsigned i = 0; i < 3; i++) {
        struct pit_channel *c = &pit->channel[i];

        if (!(value & (2u << i)))
            continue;
        if (!(value & 0x20))
            latch_count(c, tick);
        if (!(value & 0x10) && !c->status_latched) {
            c->status = status_of(c, tick);
            c->status_latched = true;
        }
    }
}

static void write_control(struct pit *pit, uint8_t value, uint64_t tick)
{
    unsigned index = value >> 6;

    if (index == 3)
        read_back(pit, value, tick);
    else if ((value >> 4 & 3) == 0)
        latch_count(&pit->channel[index], tick);
    else
        pit_channel_control(&pit->channel[index], value);
}

static void write_count(struct pit_channel *c, uint8_t value, uint64_t tick)
{
    if (c->rw == 1) {
        pit_channel_load(c, value, tick);
    } else if (c->rw == 2) {
        pit_channel_load(c, (uint16_t)(value << 8), tick);
    } else if (!c->write_high) {
        c->write_low = value;
        c->write_high = true;
        if (c->mode == 0)
            c->loaded = false; /* the first byte stops the count */
    } else {
        c->write_high = false;
        pit_channel_load(c, (uint16_t)(value << 8 | c->write_low), tick);
    }
}

static uint8_t read_count(struct pit_channel *c, uint64_t tick)
{
    uint16_t value = c->latched != 0 ? c->latch : pit_channel_value(c, tick);
    bool high = c->rw == 2 || (c->rw == 3 && c->read_high);

    if (c->rw == 3)
        c->read_high = !c->read_high;
    if (c->latched != 0)
        c->latched--;
    return (uint8_t)(high ? value >> 8 : value);
}

static uint64_t pit_read(void *dev, uint64_t offset, unsigned size)
{
    struct pit *pit = dev;
    uint64_t tick = sync_now(pit);

    (void)size;
    if (offset == 3)
        return 0xff; /* the control word cannot be read */
    if (pit->channel[offset].status_latched) {
        pit->channel[offset].status_latched = false;
        return pit->channel[offset].status;
    }
    return read_count(&pit->channel[offset], tick);
}

static void pit_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct pit *pit = dev;
    uint64_t tick = sync_now(pit);

    (void)size;
    if (offset == 3)
        write_control(pit, (uint8_t)value, tick);
    else
        write_count(&pit->channel[offset], (uint8_t)value, tick);
    sync_to(pit, tick);
}

static uint64_t port61_read(void *dev, uint64_t offset, unsigned size)
{
    struct pit *pit = dev;
    uint64_t tick = sync_now(pit);

    (void)offset;
    (void)size;
    return pit->port61 | (tick / REFRESH_TICKS & 1 ? PORT61_REFRESH : 0) |
           (pit_channel_out(&pit->channel[2], tick) ? PORT61_OUT2 : 0);
}

static void port61_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct pit *pit = dev;

    (void)offset;
    (void)size;
    pit->port61 = value & 0x0f;
    pit_channel_gate(&pit->channel[2], value & PORT61_GATE2, sync_now(pit));
}

void pit_attach(struct pit *pit, struct bus *io)
{
    bus_add(io, &(struct bus_range){ 0x40, 4, 1, pit_read, pit_write, pit });
    bus_add(io, &(struct bus_range){ 0x61, 1, 1, port61_read, port61_write, pit });
}
