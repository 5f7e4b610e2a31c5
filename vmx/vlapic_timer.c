/* SPDX-License-Identifier: MIT */
/* APIC timer: one-shot, periodic and TSC-deadline (SDM vol. 3, 10.5.4). Its input clock is the TSC. */
#include "vlapic.h"

#define NEVER      (~0ull)
#define MIN_PERIOD 2000u         /* TSC ticks: a guest cannot ask for more interrupts than it can take */
#define FAR        (1ull << 62)  /* deadlines beyond are as good as this one */

static void arm(struct vmx_vcpu *v, uint64_t target)
{
    v->timer.target = target;
    sys_vcpu_timer(v->owner, target);
}

static void disarm(struct vmx_vcpu *v)
{
    v->timer.period = 0;
    v->timer.deadline = 0;
    if (v->timer.target != NEVER)
        arm(v, NEVER);
}

/* Divide configuration: bits 3, 1, 0; 111b divides by 1 (figure 10-10). */
static uint32_t divider_shift(const struct vmx_vcpu *v)
{
    uint32_t d = *apic_reg(v, APIC_TIMER_DIVIDE);

    return ((d & 3) + (d >> 1 & 4) + 1) & 7;
}

void timer_reset(struct vmx_vcpu *v)
{
    disarm(v);
    v->timer.mode = APIC_TIMER_ONE_SHOT;
    v->timer.shift = divider_shift(v);
}

void timer_lvt_written(struct vmx_vcpu *v)
{
    uint32_t mode = *apic_reg(v, APIC_LVT_TIMER) & APIC_TIMER_MODE;

    if (mode == v->timer.mode)
        return;
    /* Between one-shot and periodic the count goes on; to and from TSC-deadline it is disarmed (10.5.4.1). */
    if ((mode | v->timer.mode) & APIC_TIMER_DEADLINE) {
        disarm(v);
        *apic_reg(v, APIC_TIMER_INITIAL) = 0;
    }
    v->timer.mode = mode;
}

void timer_initial_written(struct vmx_vcpu *v)
{
    uint32_t initial = *apic_reg(v, APIC_TIMER_INITIAL);

    if (v->timer.mode & APIC_TIMER_DEADLINE) {
        *apic_reg(v, APIC_TIMER_INITIAL) = 0; /* such writes are ignored */
        return;
    }
    disarm(v);
    if (initial == 0)
        return;
    v->timer.start = x86_rdtsc();
    v->timer.period = (uint64_t)initial << v->timer.shift;
    arm(v, v->timer.start + v->timer.period);
}

void timer_divide_written(struct vmx_vcpu *v)
{
    uint32_t left = timer_current(v), shift = divider_shift(v);

    if (shift == v->timer.shift)
        return;
    v->timer.shift = shift;
    if (!v->timer.period)
        return;
    v->timer.period = (uint64_t)*apic_reg(v, APIC_TIMER_INITIAL) << shift;
    uint64_t target = x86_rdtsc() + ((uint64_t)left << shift);
    v->timer.start = target - v->timer.period;
    arm(v, target);
}

uint32_t timer_current(const struct vmx_vcpu *v)
{
    const struct apic_timer *t = &v->timer;
    uint64_t now = x86_rdtsc();

    if (!t->period)
        return 0;
    if (now < t->target)
        return (uint32_t)((t->target - now) >> t->shift);
    if (t->mode != APIC_TIMER_PERIODIC)
        return 0;
    return (uint32_t)((t->period - (now - t->start) % t->period) >> t->shift);
}

void timer_deadline_write(struct vmx_vcpu *v, uint64_t guest_tsc)
{
    if (v->timer.mode != APIC_TIMER_DEADLINE)
        return;
    v->timer.deadline = guest_tsc;
    if (guest_tsc == 0) {
        disarm(v);
        return;
    }
    uint64_t now = x86_rdtsc(), guest_now = now + v->tsc_offset;
    if (guest_tsc <= guest_now) {
        v->timer.target = now;
        vmx_timer_expired(v);
        sys_vcpu_timer(v->owner, NEVER);
        return;
    }
    uint64_t ticks = guest_tsc - guest_now;
    arm(v, now + (ticks < FAR ? ticks : FAR));
}

void timer_tsc_changed(struct vmx_vcpu *v)
{
    if (v->timer.deadline)
        timer_deadline_write(v, v->timer.deadline);
}

/* Periods that passed unseen are left out; those to come stay on the grid of the first. */
static void next_period(struct vmx_vcpu *v, uint64_t now)
{
    struct apic_timer *t = &v->timer;
    uint64_t target;

    t->start += (now - t->start) / t->period * t->period;
    target = t->start + t->period;
    arm(v, target > now + MIN_PERIOD ? target : now + MIN_PERIOD);
}

void vmx_timer_expired(struct vmx_vcpu *v)
{
    struct apic_timer *t = &v->timer;
    uint64_t now = x86_rdtsc();

    if (t->target == NEVER)
        return;
    if (now < t->target) { /* early: ask again */
        sys_vcpu_timer(v->owner, t->target);
        return;
    }
    t->target = NEVER;
    if (t->mode == APIC_TIMER_PERIODIC && t->period) {
        next_period(v, now);
    } else {
        t->period = 0;
        t->deadline = 0;
    }
    vlapic_lvt_fire(v, APIC_LVT_TIMER);
}
