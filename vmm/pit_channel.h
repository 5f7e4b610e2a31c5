/* SPDX-License-Identifier: MIT */
/* One counter of the 8254 as a function of time: counter value, OUT, next edge. */
#ifndef VMM_PIT_CHANNEL_H
#define VMM_PIT_CHANNEL_H

#include "dev_pit.h"

#define PIT_NEVER UINT64_MAX

/* All times are PIT ticks. Sync first: it takes over a count that waited for the period's end. */
void pit_channel_sync(struct pit_channel *channel, uint64_t now);
uint16_t pit_channel_value(const struct pit_channel *channel, uint64_t now); /* as read: BCD if so */
bool pit_channel_out(const struct pit_channel *channel, uint64_t now);
bool pit_channel_null(const struct pit_channel *channel, uint64_t now); /* count not loaded yet */

/* The first tick after `after` at which OUT rises, or PIT_NEVER. */
uint64_t pit_channel_next_rise(const struct pit_channel *channel, uint64_t after);

void pit_channel_control(struct pit_channel *channel, uint8_t control);
void pit_channel_load(struct pit_channel *channel, uint16_t raw, uint64_t now);
void pit_channel_gate(struct pit_channel *channel, bool gate, uint64_t now);

#endif
