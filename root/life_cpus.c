/* SPDX-License-Identifier: MIT */
/* On which CPUs a partition runs, and how many a VM has, changed while it runs. */
#include <stdio.h>
#include <string.h>
#include <user/clock.h>
#include <user/sys.h>
#include "console.h"
#include "life.h"

#define NEVER (~0ull)

/*
 * Each thread to where the plan has it now, those without a CPU to the first one's; the first error. An exclusive CPU
 * may still be that of another thread, which leaves it in its turn: as many rounds as there are threads.
 */
static int64_t place_all(const struct part *part)
{
    int64_t result = 0;

    for (uint32_t round = 0; round < cpus_most(&part->conf->cpus); round++) {
        result = 0;
        for (uint32_t i = 0; i < cpus_most(&part->conf->cpus); i++) {
            int64_t one = sys_thread_place((uint64_t)part->thread[i], part_placement(part, i));

            result = result == 0 ? one : result;
        }
        if (result != ERR_BUSY)
            break;
    }
    return result;
}

bool life_move(struct part *part, const struct conf_cpus *to, char *why, size_t size)
{
    struct conf_cpus before = part->conf->cpus;
    int64_t result;

    if (!plan_move(life_machine(), part->conf, &part->plan, to)) {
        snprintf(why, size, "%s", part->plan.why);
        return false;
    }
    result = place_all(part);
    if (result >= 0)
        return true;
    snprintf(why, size, "%s", sys_error(result));
    if (plan_move(life_machine(), part->conf, &part->plan, &before))
        (void)place_all(part);
    return false;
}

static unsigned lowest(uint32_t set)
{
    return (unsigned)__builtin_ctz(set);
}

static unsigned highest(uint32_t set)
{
    return 31u - (unsigned)__builtin_clz(set);
}

/* `count` of the vCPUs: those that it has, then those that it did not give back yet, then others. */
static uint32_t choose(const struct part *part, uint32_t count)
{
    uint32_t all = (uint32_t)((1ull << cpus_most(&part->conf->cpus)) - 1), set = part->hot.wanted;

    while ((uint32_t)__builtin_popcount(set) > count)
        set &= ~(1u << highest(set));
    while ((uint32_t)__builtin_popcount(set) < count) {
        uint32_t kept = part->plan.given & ~set;

        set |= 1u << lowest(kept != 0 ? kept : all & ~set);
    }
    return set;
}

/* Tell the VM which vCPUs it is to have. */
static void wish(struct part *part, uint32_t set)
{
    part->hot.wanted = set;
    part->conf->cpus.most = cpus_most(&part->conf->cpus);
    part->conf->cpus.count = (uint32_t)__builtin_popcount(set);
    *part->hot.word = set;
    if (part->hot.event > 0)
        sys_event_signal((uint64_t)part->hot.event);
    part->hot.due = (part->plan.given & ~set) != 0 ? clock_deadline_ms(LIFE_GRACE_MS) : 0;
}

static bool give(struct part *part, uint32_t set, char *why, size_t size)
{
    int64_t result;

    if (!plan_grow(life_machine(), part->conf, &part->plan, set)) {
        snprintf(why, size, "%s", part->plan.why);
        return false;
    }
    result = place_all(part);
    if (result >= 0)
        return true;
    snprintf(why, size, "%s", sys_error(result));
    plan_shrink(life_machine(), part->conf, &part->plan, set);
    (void)place_all(part);
    return false;
}

static bool change(struct part *part, uint32_t count, char *why, size_t size)
{
    uint32_t set = choose(part, count), new = set & ~part->plan.given;

    if (new != 0 && !give(part, new, why, size))
        return false;
    wish(part, set);
    return true;
}

/* Described only: the next start will see it. */
static void describe(struct part *part, uint32_t count)
{
    if (part->plan.start)
        life_take_back(part);
    part->conf->cpus.most = cpus_most(&part->conf->cpus);
    part->conf->cpus.count = count;
}

bool life_cpus(struct part *part, uint32_t count, char *why, size_t size)
{
    uint32_t most = cpus_most(&part->conf->cpus);

    if (count < 1 || count > most)
        snprintf(why, size, "it can have 1 to %u (`cpus = N of MOST` in its description allows more)", (unsigned)most);
    else if (part->state == LIFE_RUNNING)
        return change(part, count, why, size);
    else if (part_alive(part))
        snprintf(why, size, "it is %s, and must be running, waiting, ended or not started", life_name(part->state));
    else {
        describe(part, count);
        return true;
    }
    return false;
}

static void name_cpus(const struct part *part, uint32_t vcpus, char *text, size_t size)
{
    uint64_t set[CONF_HOST_CPUS / 64] = { 0 };

    for (; vcpus != 0; vcpus &= vcpus - 1) {
        unsigned cpu = part->plan.cpu[lowest(vcpus)];

        set[cpu / 64] |= 1ull << cpu % 64;
    }
    cpus_text(set, text, size);
}

/* The guest does without these now: their threads sleep elsewhere, their CPUs are free. */
static void came_back(struct part *part, uint32_t vcpus)
{
    char names[64];

    name_cpus(part, vcpus, names, sizeof(names));
    plan_shrink(life_machine(), part->conf, &part->plan, vcpus);
    (void)place_all(part);
    console_notice("bulkhead: %s gave back CPU %s", part->conf->name, names);
    if ((part->hot.wanted & vcpus) != 0)
        wish(part, part->hot.wanted & ~vcpus); /* by itself: it is to have no more than that */
    else if ((part->plan.given & ~part->hot.wanted) == 0)
        part->hot.due = 0;
}

static void too_late(struct part *part)
{
    char names[64];

    name_cpus(part, part->plan.given & ~part->hot.wanted, names, sizeof(names));
    console_notice("bulkhead: %s did not give back CPU %s within %u s: it keeps it", part->conf->name, names,
                   LIFE_GRACE_MS / 1000);
    wish(part, part->plan.given);
}

/* The VM's answer is a VM's: what it says of vCPUs that it does not have counts for nothing, vCPU 0 always stays. */
static void look(struct part *part, uint64_t now)
{
    uint64_t state = *part->hot.state;
    uint32_t gone = part->plan.given & ~((uint32_t)state | 1);

    if ((uint32_t)(state >> 32) == part->hot.wanted && gone != 0)
        came_back(part, gone);
    if (part->hot.due != 0 && now >= part->hot.due)
        too_late(part);
}

uint64_t life_cpus_tick(uint64_t now)
{
    uint64_t next = NEVER;

    FOR_EACH_PART(part) {
        if (part->hot.event <= 0 || !part_alive(part))
            continue;
        if (part->state != LIFE_PAUSED)
            look(part, now);
        else if (part->hot.due != 0) /* the time is the guest's */
            part->hot.due = clock_deadline_ms(LIFE_GRACE_MS);
        if (part->hot.due != 0 && part->hot.due < next)
            next = part->hot.due;
    }
    return next;
}
