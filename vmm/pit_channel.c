/* SPDX-License-Identifier: MIT */
/* One counter of the 8254 as a function of time: nothing ticks, all is computed when asked. */
#include "pit_channel.h"

static uint32_t modulus(const struct pit_channel *c)
{
    return c->bcd ? 10000 : 65536;
}

static bool periodic(const struct pit_channel *c)
{
    return c->mode == 2 || c->mode == 3;
}

static bool one_shot_by_gate(const struct pit_channel *c)
{
    return c->mode == 1 || c->mode == 5;
}

static bool running(const struct pit_channel *c)
{
    return c->loaded && (one_shot_by_gate(c) ? c->triggered : c->gate);
}

/* Ticks counted so far. */
static uint64_t elapsed(const struct pit_channel *c, uint64_t now)
{
    if (!running(c))
        return c->frozen;
    return now > c->start ? now - c->start : 0;
}

void pit_channel_sync(struct pit_channel *c, uint64_t now)
{
    uint64_t end;

    if (!c->has_next || !running(c))
        return;
    end = c->start + c->count;
    if (now >= end) {
        c->start += (now - c->start) / c->count * c->count;
        c->count = c->next;
        c->has_next = false;
    }
}

static uint32_t binary_value(const struct pit_channel *c, uint64_t now)
{
    uint64_t ticks = elapsed(c, now);
    uint32_t phase, high;

    switch (c->mode) {
    case 2: return c->count - (uint32_t)(ticks % c->count);
    case 3:
        /* Counts down by two, once for each half of the period; an odd count makes the first longer. */
        phase = (uint32_t)(ticks % c->count);
        high = (c->count + 1) / 2;
        return (c->count & ~1u) - 2 * (phase < high ? phase : phase - high);
    default:
        return (c->count + modulus(c) - (uint32_t)(ticks % modulus(c))) % modulus(c);
    }
}

uint16_t pit_channel_value(const struct pit_channel *c, uint64_t now)
{
    uint32_t value = binary_value(c, now) % modulus(c);

    if (!c->bcd)
        return (uint16_t)value;
    return (uint16_t)(value / 1000 << 12 | value / 100 % 10 << 8 | value / 10 % 10 << 4 | value % 10);
}

bool pit_channel_out(const struct pit_channel *c, uint64_t now)
{
    uint64_t ticks = elapsed(c, now);

    switch (c->mode) {
    case 0: return c->loaded && ticks >= c->count;
    case 1: return !running(c) || now < c->start || ticks >= c->count;
    case 2: return !running(c) || ticks % c->count != c->count - 1;
    case 3: return !running(c) || ticks % c->count < (c->count + 1) / 2;
    default: return !running(c) || ticks != c->count; /* 4, 5: low for one tick at the end */
    }
}

bool pit_channel_null(const struct pit_channel *c, uint64_t now)
{
    return !c->loaded || c->has_next || now < c->start || (one_shot_by_gate(c) && !c->triggered);
}

uint64_t pit_channel_next_rise(const struct pit_channel *c, uint64_t after)
{
    uint64_t rise;

    if (!running(c))
        return PIT_NEVER;
    rise = c->start + c->count + (c->mode >= 4 ? 1 : 0);
    if (after < rise)
        return rise;
    if (!periodic(c))
        return PIT_NEVER;
    /* A new count starts with the period that begins at the first rise. */
    if (c->has_next)
        return rise + ((after - rise) / c->next + 1) * c->next;
    return rise + ((after - rise) / c->count + 1) * c->count;
}

void pit_channel_control(struct pit_channel *c, uint8_t control)
{
    uint8_t mode = control >> 1 & 7;

    c->rw = control >> 4 & 3;
    c->mode = mode >= 6 ? mode - 4 : mode; /* 6 and 7 are 2 and 3 */
    c->bcd = control & 1;
    c->loaded = false;
    c->triggered = false;
    c->has_next = false;
    c->frozen = 0;
    c->write_high = false;
    c->read_high = false;
    c->latched = 0;
    c->status_latched = false;
}

static uint32_t count_of(const struct pit_channel *c, uint16_t raw)
{
    uint32_t count = raw;

    if (c->bcd)
        count = (raw >> 12) * 1000u + (raw >> 8 & 15) * 100u + (raw >> 4 & 15) * 10u + (raw & 15);
    return count == 0 ? modulus(c) : count > modulus(c) ? count % modulus(c) + 1 : count;
}

void pit_channel_load(struct pit_channel *c, uint16_t raw, uint64_t now)
{
    uint32_t count = count_of(c, raw);

    if (periodic(c) && running(c)) {
        c->next = count;
        c->has_next = true;
        return;
    }
    if (one_shot_by_gate(c) && c->triggered && now < c->start + c->count) {
        c->next = count; /* the pulse under way keeps its length; the next trigger takes it */
        c->has_next = true;
        return;
    }
    c->count = count;
    c->loaded = true;
    c->has_next = false;
    c->frozen = 0;
    c->start = now + 1;
}

void pit_channel_gate(struct pit_channel *c, bool gate, uint64_t now)
{
    bool rises = gate && !c->gate;

    if (gate == c->gate)
        return;
    if (!gate && (c->mode == 0 || c->mode == 4))
        c->frozen = elapsed(c, now);
    c->gate = gate;
    if (!rises)
        return;
    if (c->mode == 0 || c->mode == 4) {
        c->start = now > c->frozen ? now - c->frozen : 0;
        return;
    }
    if (c->has_next) {
        c->count = c->next;
        c->has_next = false;
    }
    c->start = now + 1;
    c->triggered = true;
}
