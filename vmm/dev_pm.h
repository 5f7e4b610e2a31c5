/* SPDX-License-Identifier: MIT */
/*
 * ACPI fixed hardware (ACPI specification, chapter 4.8): PM1a event and control registers, the
 * 32-bit PM timer, the power button, the soft-off state, and the general-purpose events.
 */
#ifndef VMM_DEV_PM_H
#define VMM_DEV_PM_H

#include <stdbool.h>
#include <stdint.h>
#include "bus.h"
#include "clock.h"
#include "irq.h"

#define PM_TIMER_HZ 3579545u
#define PM_SCI      9u /* ISA interrupt of the SCI, level */

struct pm {
    uint16_t status, enable, control;
    uint8_t gpe_status, gpe_enable; /* general-purpose events 0 to 7 */
    uint64_t timer_seen;   /* top halves (bit 31 periods) of the timer up to which TMR_STS was raised */
    uint64_t deadline;     /* TSC at which TMR_STS is due, when it is asked for; else CLOCK_NEVER */
    const struct clock *clock;
    struct irq_wire irq;
    void (*power_off)(void *ctx);
    void *ctx;
};

void pm_reset(struct pm *pm);
void pm_power_button(struct pm *pm);
void pm_rtc_alarm(struct pm *pm); /* the RTC raised its interrupt */
void pm_gpe(struct pm *pm, unsigned number);

/* Raise what is due at TSC `now`; call it at pm->deadline. */
void pm_update(struct pm *pm, uint64_t now);

/* GUEST_PORT_PM: event +0, control +4, timer +8, GPE block +12. */
void pm_attach(struct pm *pm, struct bus *io);

#endif
