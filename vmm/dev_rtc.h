/* SPDX-License-Identifier: MIT */
/* MC146818-compatible real-time clock and CMOS RAM at ports 0x70/0x71. */
#ifndef VMM_DEV_RTC_H
#define VMM_DEV_RTC_H

#include <stdbool.h>
#include <stdint.h>
#include "bus.h"
#include "clock.h"
#include "irq.h"

struct rtc {
    uint8_t cmos[128];
    uint8_t index;
    const struct clock *clock;
    struct irq_wire irq;
    int64_t offset;       /* seconds that the guest set the clock ahead of UTC */
    uint64_t seen_second; /* clock second and periodic tick up to which flags were raised */
    uint64_t seen_period;
    uint64_t deadline;    /* TSC of the next interrupt that is asked for, or CLOCK_NEVER */
};

/* The CMOS as a PC's firmware leaves it; ram_low, ram_high: bytes of RAM below and above 4 GiB. */
void rtc_reset(struct rtc *rtc, uint64_t ram_low, uint64_t ram_high);

/* Raise what is due at TSC `now`; call it at rtc->deadline. */
void rtc_update(struct rtc *rtc, uint64_t now);
void rtc_attach(struct rtc *rtc, struct bus *io);

#endif
