/* SPDX-License-Identifier: MIT */
/*
 * Which CPU each vCPU or thread gets. An exclusive CPU is its partition's alone, and so are the
 * hyper-threads of its core; shared ones are balanced, as far as the shares promised fit, and of a
 * core that several partitions use they use one hyper-thread only. All CPUs of a partition are of
 * one NUMA node if one has as many.
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
    unsigned wanted;           /* CPUs */
    uint32_t share;
    int node;                  /* CPUs of this node only; -1: of any */
    uint8_t held[PLAN_CPUS];   /* of each CPU, by this partition, before */
    uint8_t uses[PLAN_CPUS];   /* with what was chosen */
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
    if (c->node >= 0 && c->machine->cpu[cpu].node != c->node)
        return false;
    return c->named == 0 || cpus_has(&c->part->cpus, cpu);
}

/* Another partition is there; CPU 0 is root's, too. */
static bool foreign(const struct choice *c, unsigned cpu)
{
    return cpu == 0 || c->machine->cpu[cpu].users > c->held[cpu];
}

static bool same_core(const struct choice *c, unsigned a, unsigned b)
{
    return c->machine->cpu[a].core == c->machine->cpu[b].core;
}

static bool core_is_foreign(const struct choice *c, unsigned cpu)
{
    for (unsigned i = 0; i < c->machine->cpu_count; i++)
        if (same_core(c, i, cpu) && foreign(c, i))
            return true;
    return false;
}

/* Two partitions never run on hyper-threads of one core: they share a CPU in turn, or one has the whole core. */
static bool core_mixes(const struct choice *c, unsigned cpu)
{
    for (unsigned i = 0; i < c->machine->cpu_count; i++)
        if (i != cpu && same_core(c, i, cpu) && (foreign(c, i) || (c->uses[i] != 0 && foreign(c, cpu))))
            return true;
    return false;
}

/* It could run on that CPU if there were time left. */
static bool shareable(const struct choice *c, unsigned cpu)
{
    return allowed(c, cpu) && !c->machine->cpu[cpu].exclusive && !core_mixes(c, cpu);
}

static bool usable(const struct choice *c, unsigned cpu)
{
    if (c->part->cpus.exclusive)
        return allowed(c, cpu) && c->uses[cpu] == 0 && !core_is_foreign(c, cpu);
    return shareable(c, cpu) &&
           c->machine->cpu[cpu].shares + (c->uses[cpu] - c->held[cpu] + 1u) * c->share <= CONF_WHOLE;
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
        if (shareable(c, cpu))
            return true;
    return false;
}

static bool all_exclusive(const struct choice *c)
{
    for (unsigned cpu = 0; cpu < c->machine->cpu_count; cpu++)
        if (allowed(c, cpu) && !c->machine->cpu[cpu].exclusive)
            return false;
    return true;
}

static uint32_t largest_share_left(const struct choice *c)
{
    uint32_t most = 0;

    for (unsigned cpu = 0; cpu < c->machine->cpu_count; cpu++) {
        uint32_t left = CONF_WHOLE - c->machine->cpu[cpu].shares;

        if (shareable(c, cpu) && left > most)
            most = left;
    }
    return most;
}

static unsigned free_exclusive(const struct choice *c)
{
    unsigned n = 0;

    for (unsigned cpu = 0; cpu < c->machine->cpu_count; cpu++)
        n += allowed(c, cpu) && c->held[cpu] == 0 && !core_is_foreign(c, cpu);
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
                 "(CPU 0 and its core are root's)", (uint32_t)c->wanted, c->wanted == 1 ? "" : "s", which,
                 free_exclusive(c), free_exclusive(c) == 1 ? "is" : "are");
    else if (!shared_ones(c))
        snprintf(out->why, sizeof(out->why), "wants a shared CPU%s, but all are exclusive%s", which,
                 all_exclusive(c) ? "" : " or hyper-threads of cores that others use");
    else
        snprintf(out->why, sizeof(out->why), "wants %" PRIu32 "%% of %" PRIu32 " CPU%s%s, but at most %"
                 PRIu32 "%% of one are left", c->share / 100, (uint32_t)c->wanted, c->wanted == 1 ? "" : "s",
                 which, largest_share_left(c) / 100);
}

static unsigned count_of(uint32_t which)
{
    return (unsigned)__builtin_popcount(which);
}

void plan_cpus_again(struct plan_machine *machine, const struct conf_part *part, struct plan_part *planned,
                     uint32_t which)
{
    for (unsigned i = 0; i < CONF_MAX_CPUS; i++) {
        struct plan_cpu *cpu = &machine->cpu[planned->cpu[i]];

        if (!(which >> i & 1))
            continue;
        cpu->users++;
        cpu->load += weight(part);
        cpu->shares += plan_share(part);
        cpu->exclusive = part->cpus.exclusive;
    }
    planned->given |= which;
    planned->cpu_count = count_of(planned->given);
}

static void note_held(struct choice *c, const struct plan_part *planned)
{
    for (unsigned i = 0; i < CONF_MAX_CPUS; i++)
        if (plan_has(planned, i))
            c->uses[planned->cpu[i]] = ++c->held[planned->cpu[i]];
}

/* CPUs for `wanted` more. false: there are too few, or within one node none that this partition has not yet. */
static bool choose(struct choice *c, uint8_t chosen[CONF_MAX_CPUS])
{
    for (unsigned n = 0; n < c->wanted; n++) {
        unsigned cpu = best(c);

        if (cpu == c->machine->cpu_count || (c->node >= 0 && c->uses[cpu] != 0))
            return false;
        c->uses[cpu]++;
        chosen[n] = (uint8_t)cpu;
    }
    return true;
}

static uint64_t node_load(const struct plan_machine *machine, unsigned node)
{
    uint64_t load = 0;

    for (unsigned i = 0; i < machine->cpu_count; i++)
        load += machine->cpu[i].node == node ? machine->cpu[i].load : 0;
    return load;
}

static unsigned node_count(const struct plan_machine *machine)
{
    unsigned most = 0;

    for (unsigned i = 0; i < machine->cpu_count; i++)
        most = machine->cpu[i].node > most ? machine->cpu[i].node : most;
    return most + 1;
}

/* All of them in one node, where those are that it has already: of several such nodes in that with the least to do. */
static bool choose_near(const struct choice *from, uint8_t chosen[CONF_MAX_CPUS], int home)
{
    unsigned nodes = node_count(from->machine);
    bool found = false;
    uint64_t least = 0;

    if (from->wanted == 1 && home < 0)
        return false; /* one alone is near itself anywhere */
    for (unsigned node = 0; nodes > 1 && node < nodes; node++) {
        struct choice c = *from;
        uint8_t here[CONF_MAX_CPUS];

        c.node = (int)node;
        if ((home >= 0 && home != c.node) || (found && node_load(c.machine, node) >= least) || !choose(&c, here))
            continue;
        memcpy(chosen, here, sizeof(here));
        least = node_load(c.machine, node);
        found = true;
    }
    return found;
}

bool plan_cpus_take(struct plan_machine *machine, const struct conf_part *part, struct plan_part *out,
                    uint32_t which)
{
    struct choice c = { .machine = machine, .part = part, .named = cpus_named(&part->cpus),
                        .share = plan_share(part), .wanted = count_of(which), .node = -1 };
    uint8_t chosen[CONF_MAX_CPUS] = { 0 };
    unsigned n = 0;

    if (!cpus_exist(&c, out))
        return false;
    note_held(&c, out);
    if (!choose_near(&c, chosen, out->given != 0 ? machine->cpu[out->cpu[0]].node : -1) && !choose(&c, chosen)) {
        no_cpu(&c, out);
        return false;
    }
    for (uint32_t left = which; left != 0; left &= left - 1)
        out->cpu[__builtin_ctz(left)] = chosen[n++];
    plan_cpus_again(machine, part, out, which);
    return true;
}

void plan_cpus_give(struct plan_machine *machine, const struct conf_part *part, struct plan_part *planned,
                    uint32_t which)
{
    for (unsigned i = 0; i < CONF_MAX_CPUS; i++) {
        struct plan_cpu *cpu = &machine->cpu[planned->cpu[i]];

        if (!(which >> i & 1))
            continue;
        cpu->users--;
        cpu->load -= weight(part);
        cpu->shares -= plan_share(part);
        cpu->exclusive = false;
    }
    planned->given &= ~which;
    planned->cpu_count = count_of(planned->given);
}

static bool core_is_used(const struct plan_machine *machine, unsigned cpu)
{
    for (unsigned i = 0; i < machine->cpu_count; i++)
        if (machine->cpu[i].core == machine->cpu[cpu].core && (i == 0 || machine->cpu[i].users != 0))
            return true;
    return false;
}

const char *plan_idle_threads(const struct plan_machine *machine, char *text, size_t size)
{
    uint64_t set[CONF_HOST_CPUS / 64] = { 0 };

    for (unsigned cpu = 1; cpu < machine->cpu_count; cpu++)
        if (machine->cpu[cpu].users == 0 && core_is_used(machine, cpu))
            set[cpu / 64] |= 1ull << cpu % 64;
    return cpus_text(set, text, size);
}
