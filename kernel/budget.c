// SPDX-License-Identifier: MIT
// Budgets: what a thread runs comes back to it one period after that stretch began, so that no window
// of one period holds more than the budget, whatever it does in between. What it ran too long, because
// interrupts come late, is a debt: as much stays away for one period more.
#include "sched.h"

#define SLOTS (REFILLS - 2) // stretches that begin within a SLOTS-th of a period share a note

void budget_note(struct thread *t, uint64_t from, uint64_t to)
{
    struct refill *r = &t->refill[t->refill_last], *next = &t->refill[(t->refill_last + 1) % REFILLS];

    if (from != t->ran_until) { // not the stretch that was noted last
        if (from - t->slot_start >= t->period / SLOTS && next->at <= from) {
            t->refill_last = (uint8_t)(next - t->refill);
            t->slot_start = from;
            next->ticks = 0;
            r = next;
        }
        r->at = from + t->period; // later for what the note held: too late is safe
    }
    r->ticks += to - from;
    t->ran_until = to;
}

static uint64_t noted(const struct thread *t, uint64_t after)
{
    uint64_t sum = 0;

    for (const struct refill *r = t->refill; r < t->refill + REFILLS; r++)
        sum += r->at > after ? r->ticks : 0;
    return sum;
}

// When enough has come back to be worth a switch of threads.
static uint64_t next_refill(const struct thread *t)
{
    uint64_t next = NEVER;

    for (const struct refill *r = t->refill; r < t->refill + REFILLS; r++)
        if (r->ticks && r->at < next && noted(t, r->at) <= (t->reserve ? t->reserve : t->budget) / 4 * 3)
            next = r->at;
    return next;
}

bool budget_refill(struct thread *t, uint64_t now)
{
    bool limited = t->budget < t->period;
    uint64_t used = noted(t, 0), over = limited && used > t->budget ? used - t->budget : 0;

    for (struct refill *r = t->refill; r < t->refill + REFILLS; r++)
        if (r->at <= now && r->ticks) {
            uint64_t paid = r->ticks < over ? r->ticks : over; // a debt is paid by what would come back
            used -= r->ticks - paid;
            over -= paid;
            r->ticks = paid;
            r->at += t->period;
            t->ran_until = 0; // what runs on what came back now is noted anew
        }
    bool first = used < t->reserve;
    t->priority = first ? PRIORITY_RESERVE : t->own_priority;
    t->budget_left = (int64_t)(first ? t->reserve - used : limited ? t->budget - used : t->period);
    t->refill_at = first || (t->budget_left > 0 && !t->reserve) ? NEVER : next_refill(t);
    return t->budget_left > 0;
}

void sched_times(struct thread *t, struct part_info *sum)
{
    struct cpu *cpu = sched_lock_home(t);
    uint64_t now = x86_rdtsc();

    sum->cpu_tsc += t->ran + (cpu->current == t ? now - cpu->switched_tsc : 0);
    sum->throttled_tsc += t->throttled + (t->state == THREAD_THROTTLED ? now - t->throttled_since : 0);
    sum->throttled += t->throttles;
    lock_drop(&cpu->lock);
}
