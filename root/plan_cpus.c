/* SPDX-License-Identifier: MIT */
/*
 * Which CPU each vCPU or thread gets. An exclusive CPU is its partition's alone, and so are the
 * hyper-threads of its core; shared ones are balanced, as far as the shares promised fit.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "plan_cpus.h"

#define VM_WEIGHT 8u /* a vCPU's load as against a container's thread */

/* A choice in the making: what was chosen so far, nothing is taken yet. */
struct choice {
    const struct plan_machine *machine;
    const struct conf_part *part;
    unsigned named;            /* CPUs that the partition names; 0: any */
    uint32_t share;
    uint8_t uses[PLAN_CPUS];   /* of each CPU, by this partition */
};

uint32_t plan_share(const struct conf_part *part)
{
    if (part->cpus.exclusive)
        return CONF_WHOLE;
    return part->budget < CONF_WHOLE ? part->budget : part->reserve;
}

static uint32_t weight(const struct conf_part *part)
{
    uint32_t whole = part->kind == CONF_VM ? VM_WEIGHT : 1;

    return (whole * part->budget + CONF_WHOLE / 100 - 1) / (CONF_WHOLE / 100);
}

static bool allowed(const struct choice *c, unsigned cpu)
{
    return c->named == 0 || cpus_has(&c->part->cpus, cpu);
}

/* The state of the whole core: who else is on one of its hyper-threads? */
static bool core_is(const struct choice *c, unsigned cpu, bool (*what)(const struct plan_machine *, unsigned))
{
    const struct plan_machine *m = c->machine;

    for (unsigned i = 0; i < m->cpu_count; i++)
        if (m->cpu[i].core == m->cpu[cpu].core && what(m, i))
            return true;
    return false;
}

static bool in_use(const struct plan_machine *m, unsigned cpu)
{
    return cpu == 0 || m->cpu[cpu].users != 0;
}

static bool is_exclusive(const struct plan_machine *m, unsigned cpu)
{
    return m->cpu[cpu].exclusive;
}

static bool usable(const struct choice *c, unsigned cpu)
{
    const struct plan_cpu *at = &c->machine->cpu[cpu];

    if (!allowed(c, cpu))
        return false;
    if (c->part->cpus.exclusive)
        return c->uses[cpu] == 0 && !core_is(c, cpu, in_use);
    return !core_is(c, cpu, is_exclusive) &&
           at->shares + (c->uses[cpu] + 1u) * c->share <= CONF_WHOLE;
}

static bool core_was_begun(const struct choice *c, unsigned cpu)
{
    const struct plan_machine *m = c->machine;

    for (unsigned i = 0; i < m->cpu_count; i++)
        if (c->uses[i] != 0 && m->cpu[i].core == m->cpu[cpu].core)
            return true;
    return false;
}

/*
 * The less, the better: exclusive ones fill a core that was begun; shared ones go where this
 * partition is not yet, then where there is the least to do.
 */
static uint64_t cost(const struct choice *c, unsigned cpu)
{
    if (c->part->cpus.exclusive)
        return !core_was_begun(c, cpu);
    return (uint64_t)c->uses[cpu] << 32 | c->machine->cpu[cpu].load;
}

/* The best CPU for one more; cpu_count when there is none. CPU 0 comes last among equals. */
static unsigned best(const struct choice *c)
{
    unsigned count = c->machine->cpu_count, found = count;

    for (unsigned i = 1; i <= count; i++) {
        unsigned cpu = i % count;

        if (usable(c, cpu) && (found == count || cost(c, cpu) < cost(c, found)))
            found = cpu;
    }
    return found;
}

static bool cpus_exist(const struct choice *c, struct plan_part *out)
{
    uint32_t count = c->machine->cpu_count;

    for (unsigned cpu = count; c->named != 0 && cpu < CONF_HOST_CPUS; cpu++) {
        if (!cpus_has(&c->part->cpus, cpu))
            continue;
        snprintf(out->why, sizeof(out->why), "wants CPU %u, but this machine has only %" PRIu32
                 " (0 to %" PRIu32 ")", cpu, count, count - 1);
        return false;
    }
    return true;
}

static bool shared_ones(const struct choice *c)
{
    for (unsigned cpu = 0; cpu < c->machine->cpu_count; cpu++)
        if (allowed(c, cpu) && !core_is(c, cpu, is_exclusive))
            return true;
    return false;
}

static uint32_t largest_share_left(const struct choice *c)
{
    uint32_t most = 0;

    for (unsigned cpu = 0; cpu < c->machine->cpu_count; cpu++) {
        uint32_t left = CONF_WHOLE - c->machine->cpu[cpu].shares;

        if (allowed(c, cpu) && !core_is(c, cpu, is_exclusive) && left > most)
            most = left;
    }
    return most;
}

static unsigned free_exclusive(const struct choice *c)
{
    unsigned n = 0;

    for (unsigned cpu = 0; cpu < c->machine->cpu_count; cpu++)
        n += allowed(c, cpu) && !core_is(c, cpu, in_use);
    return n;
}

static void no_cpu(const struct choice *c, struct plan_part *out)
{
    const struct conf_cpus *cpus = &c->part->cpus;
    char which[64] = "", names[40];

    cpus_text(cpus->on, names, sizeof(names));
    if (c->named != 0)
        snprintf(which, sizeof(which), " among CPU %s", names);
    if (cpus->exclusive)
        snprintf(out->why, sizeof(out->why), "wants %" PRIu32 " exclusive CPU%s%s, but only %u %s free "
                 "(CPU 0 and its core are root's)", cpus->count, cpus->count == 1 ? "" : "s", which,
                 free_exclusive(c), free_exclusive(c) == 1 ? "is" : "are");
    else if (!shared_ones(c))
        snprintf(out->why, sizeof(out->why), "wants a shared CPU%s, but all are exclusive", which);
    else
        snprintf(out->why, sizeof(out->why), "wants %" PRIu32 "%% of %" PRIu32 " CPU%s%s, but at most %"
                 PRIu32 "%% of one are left", c->share / 100, cpus->count, cpus->count == 1 ? "" : "s",
                 which, largest_share_left(c) / 100);
}

void plan_cpus_again(struct plan_machine *machine, const struct conf_part *part,
                     const struct plan_part *planned)
{
    for (unsigned i = 0; i < planned->cpu_count; i++) {
        struct plan_cpu *cpu = &machine->cpu[planned->cpu[i]];

        cpu->users++;
        cpu->load += weight(part);
        cpu->shares += plan_share(part);
        cpu->exclusive = part->cpus.exclusive;
    }
}

bool plan_cpus_take(struct plan_machine *machine, const struct conf_part *part,
                    struct plan_part *out)
{
    struct choice c = { .machine = machine, .part = part, .named = cpus_named(&part->cpus),
                        .share = plan_share(part) };
    uint8_t chosen[CONF_MAX_CPUS];

    if (!cpus_exist(&c, out))
        return false;
    for (unsigned i = 0; i < part->cpus.count; i++) {
        unsigned cpu = best(&c);

        if (cpu == machine->cpu_count) {
            no_cpu(&c, out);
            return false;
        }
        c.uses[cpu]++;
        chosen[i] = (uint8_t)cpu;
    }
    out->cpu_count = part->cpus.count;
    memcpy(out->cpu, chosen, out->cpu_count);
    plan_cpus_again(machine, part, out);
    return true;
}

void plan_cpus_give(struct plan_machine *machine, const struct conf_part *part,
                    const struct plan_part *planned)
{
    for (unsigned i = 0; i < planned->cpu_count; i++) {
        struct plan_cpu *cpu = &machine->cpu[planned->cpu[i]];

        cpu->users--;
        cpu->load -= weight(part);
        cpu->shares -= plan_share(part);
        cpu->exclusive = false;
    }
}
