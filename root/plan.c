/* SPDX-License-Identifier: MIT */
/* Who gets how much memory and kernel memory; in which order partitions are served. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "plan.h"
#include "plan_cpus.h"

#define PAGES_PER_TABLE   512
#define KMEM_CONTAINER    40 /* partition, handles, thread with its stack and FPU state, top tables */
#define KMEM_VM           72 /* the same, VMCS, vCPU page, bitmaps, APIC pages, EPT's top */
#define KMEM_VCPU         8  /* each further one: thread, vCPU, handles */

void plan_machine_init(struct plan_machine *machine, uint32_t cpu_count)
{
    *machine = (struct plan_machine){ .cpu_count = cpu_count < PLAN_CPUS ? cpu_count : PLAN_CPUS };
    for (unsigned i = 0; i < PLAN_CPUS; i++)
        machine->cpu[i].core = (uint16_t)i;
}

/* Page tables for `pages` anywhere: the last level, and what stands above it. */
static uint64_t tables_for(uint64_t pages)
{
    uint64_t last = pages / PAGES_PER_TABLE + 2;

    return last + last / PAGES_PER_TABLE + 3;
}

uint64_t plan_kmem(enum conf_kind kind, uint32_t cpus, uint64_t mem_pages, uint64_t file_pages)
{
    uint64_t own = tables_for(mem_pages) + tables_for(file_pages);

    /* A VM's RAM is mapped twice: in the EPT and in its VMM. */
    return kind == CONF_VM ? KMEM_VM + (cpus - 1) * KMEM_VCPU + own + tables_for(mem_pages)
                           : KMEM_CONTAINER + own;
}

static uint64_t to_kib(uint64_t pages)
{
    return pages * (PLAN_PAGE / 1024);
}

static bool fits(const struct plan_machine *left, struct plan_part *out)
{
    if (out->mem_pages > left->free_pages) {
        snprintf(out->why, sizeof(out->why),
                 "wants %" PRIu64 " KiB of memory, but only %" PRIu64 " KiB are left",
                 to_kib(out->mem_pages), to_kib(left->free_pages));
        return false;
    }
    if (out->kmem_pages > left->kmem_pages) {
        snprintf(out->why, sizeof(out->why),
                 "needs %" PRIu64 " KiB of kernel memory, but only %" PRIu64 " KiB are left",
                 to_kib(out->kmem_pages), to_kib(left->kmem_pages));
        return false;
    }
    return true;
}

void plan_one(struct plan_machine *machine, const struct conf_part *part,
              const struct plan_need *need, struct plan_part *out)
{
    out->start = false;
    if (!need->ready)
        return;
    out->why[0] = '\0';
    out->mem_pages = part->memory / PLAN_PAGE + need->own_pages;
    out->given = out->cpu_count = 0;
    out->kmem_pages = plan_kmem(part->kind, cpus_most(&part->cpus), out->mem_pages, need->file_pages);
    if (part->kind == CONF_VM && !machine->vmx)
        snprintf(out->why, sizeof(out->why), "VMs are unavailable on this machine");
    else
        out->start = fits(machine, out) &&
                     plan_cpus_take(machine, part, out, (uint32_t)((1ull << part->cpus.count) - 1));
    if (!out->start)
        return;
    machine->free_pages -= out->mem_pages;
    machine->kmem_pages -= out->kmem_pages;
}

void plan_undo(struct plan_machine *machine, const struct conf_part *part,
               struct plan_part *planned)
{
    plan_cpus_give(machine, part, planned, planned->given);
    machine->free_pages += planned->mem_pages;
    machine->kmem_pages += planned->kmem_pages;
}

bool plan_move(struct plan_machine *machine, struct conf_part *part, struct plan_part *planned,
               const struct conf_cpus *to)
{
    struct conf_cpus before = part->cpus;
    struct plan_part was = *planned;

    plan_cpus_give(machine, part, planned, was.given);
    part->cpus = *to;
    if (plan_cpus_take(machine, part, planned, was.given))
        return true;
    part->cpus = before;
    memcpy(planned->cpu, was.cpu, sizeof(was.cpu));
    plan_cpus_again(machine, part, planned, was.given);
    return false;
}

bool plan_grow(struct plan_machine *machine, const struct conf_part *part, struct plan_part *planned, uint32_t which)
{
    return plan_cpus_take(machine, part, planned, which & ~planned->given);
}

void plan_shrink(struct plan_machine *machine, const struct conf_part *part, struct plan_part *planned, uint32_t which)
{
    plan_cpus_give(machine, part, planned, which & planned->given);
}

/* The choosier come first, so that nobody takes from them what would do as well elsewhere. */
static unsigned turn_of(const struct conf_part *part)
{
    return (cpus_named(&part->cpus) != 0 ? 0 : 2) + (part->cpus.exclusive ? 0 : 1);
}

void plan_make(struct plan_machine *machine, const struct conf *conf, const struct plan_need *need,
               struct plan_part *out)
{
    for (unsigned turn = 0; turn < 4; turn++)
        for (unsigned i = 0; i < conf->count; i++)
            if (conf->part[i].autostart && turn_of(&conf->part[i]) == turn)
                plan_one(machine, &conf->part[i], &need[i], &out[i]);
}
