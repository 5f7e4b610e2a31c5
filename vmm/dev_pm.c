/* SPDX-License-Identifier: MIT */
/* ACPI fixed hardware: the timer is computed from guest time, SCI is a level. */
#include <abi/guest.h>
#include "dev_pm.h"

#define TMR_STS    0x0001u
#define GBL_STS    0x0020u
#define PWRBTN_STS 0x0100u
#define RTC_STS    0x0400u
#define WAK_STS    0x8000u
#define ENABLES    (TMR_STS | GBL_STS | PWRBTN_STS | RTC_STS)

#define SCI_EN     0x0001u
#define SLP_TYP    10
#define SLP_EN     0x2000u
#define CONTROL_WRITABLE 0x1c06u /* SLP_TYP, BM_RLD, GBL_RLS is write-only and does nothing here */

static uint64_t timer_at(const struct pm *pm, uint64_t now)
{
    return clock_ticks(pm->clock, now, PM_TIMER_HZ);
}

static void update_irq(struct pm *pm)
{
    irq_set(&pm->irq, (pm->status & pm->enable & ENABLES) != 0 || (pm->gpe_status & pm->gpe_enable) != 0);
    pm->deadline = CLOCK_NEVER;
    if ((pm->enable & TMR_STS) && !(pm->status & TMR_STS))
        pm->deadline = clock_tsc_at(pm->clock, (pm->timer_seen + 1) << 31, PM_TIMER_HZ);
}

void pm_reset(struct pm *pm)
{
    pm->status = 0;
    pm->enable = 0;
    pm->gpe_status = pm->gpe_enable = 0;
    pm->control = SCI_EN; /* there is no SMI: ACPI mode is the only one */
    pm->timer_seen = timer_at(pm, clock_now(pm->clock)) >> 31;
    update_irq(pm);
}

void pm_power_button(struct pm *pm)
{
    pm->status |= PWRBTN_STS;
    update_irq(pm);
}

void pm_gpe(struct pm *pm, unsigned number)
{
    pm->gpe_status |= (uint8_t)(1u << number);
    update_irq(pm);
}

void pm_rtc_alarm(struct pm *pm)
{
    pm->status |= RTC_STS;
    update_irq(pm);
}

/* TMR_STS is set whenever bit 31 of the timer changes. */
void pm_update(struct pm *pm, uint64_t now)
{
    uint64_t half = timer_at(pm, now) >> 31;

    if (half != pm->timer_seen)
        pm->status |= TMR_STS;
    pm->timer_seen = half;
    update_irq(pm);
}

static uint64_t event_read(void *dev, uint64_t offset, unsigned size)
{
    struct pm *pm = dev;
    uint32_t both;

    (void)size;
    pm_update(pm, clock_now(pm->clock));
    both = pm->status | (uint32_t)pm->enable << 16;
    return both >> (8 * offset);
}

/* Status bits are cleared by writing ones. */
static void event_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct pm *pm = dev;
    uint32_t bits = (uint32_t)value << (8 * offset);
    uint32_t mask = (uint32_t)bus_ones(size) << (8 * offset);

    pm_update(pm, clock_now(pm->clock));
    pm->status &= (uint16_t)~bits;
    pm->enable = (uint16_t)((pm->enable & ~(mask >> 16)) | (bits >> 16)) & ENABLES;
    update_irq(pm);
}

static uint64_t control_read(void *dev, uint64_t offset, unsigned size)
{
    struct pm *pm = dev;

    (void)size;
    return pm->control >> (8 * offset);
}

static void control_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct pm *pm = dev;
    uint32_t bits = (uint32_t)value << (8 * offset);
    uint32_t mask = ((uint32_t)bus_ones(size) << (8 * offset)) & CONTROL_WRITABLE;

    pm->control = (uint16_t)((pm->control & ~mask) | (bits & mask));
    if ((bits & SLP_EN) && (pm->control >> SLP_TYP & 7) == GUEST_S5_TYPE)
        pm->power_off(pm->ctx);
}

static uint64_t timer_read(void *dev, uint64_t offset, unsigned size)
{
    struct pm *pm = dev;

    (void)size;
    return (uint32_t)timer_at(pm, clock_now(pm->clock)) >> (8 * offset);
}

static void timer_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    (void)dev;
    (void)offset;
    (void)size;
    (void)value; /* read-only */
}

static uint64_t gpe_read(void *dev, uint64_t offset, unsigned size)
{
    const struct pm *pm = dev;

    (void)size;
    return offset == 0 ? pm->gpe_status : pm->gpe_enable;
}

/* Status bits are cleared by writing ones. */
static void gpe_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct pm *pm = dev;

    (void)size;
    if (offset == 0)
        pm->gpe_status &= (uint8_t)~value;
    else
        pm->gpe_enable = (uint8_t)value;
    update_irq(pm);
}

void pm_attach(struct pm *pm, struct bus *io)
{
    bus_add(io, &(struct bus_range){ GUEST_PORT_PM, 4, 4, event_read, event_write, pm });
    bus_add(io, &(struct bus_range){ GUEST_PORT_PM + 4, 2, 2, control_read, control_write, pm });
    bus_add(io, &(struct bus_range){ GUEST_PORT_PM + 8, 4, 4, timer_read, timer_write, pm });
    bus_add(io, &(struct bus_range){ GUEST_PORT_GPE, 2, 1, gpe_read, gpe_write, pm });
}
