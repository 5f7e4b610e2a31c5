/* SPDX-License-Identifier: MIT */
/* Who gets which CPU, how much memory and how much kernel memory. */
#include <inttypes.h>
#include <stdio.h>
#include "plan.h"

#define PAGES_PER_TABLE   512
#define VM_WEIGHT         8
#define KMEM_CONTAINER    40 /* partition, handles, thread with its stack and FPU state, top tables */
#define KMEM_THREAD       8 /* each further thread with its vCPU and handles */
#define KMEM_VM           72 /* the same, VMCS, vCPU page, bitmaps, APIC pages, EPT's top */

/* Page tables for `pages` anywhere: the last level, and what stands above it. */
static uint64_t tables_for(uint64_t pages)
{
    uint64_t last = pages / PAGES_PER_TABLE + 2;

    return last + last / PAGES_PER_TABLE + 3;
}

uint64_t plan_kmem(enum conf_kind kind, uint64_t mem_pages, uint64_t file_pages)
{
    uint64_t own = tables_for(mem_pages) + tables_for(file_pages);

    /* A VM's RAM is mapped twice: in the EPT and in its VMM. */
    return kind == CONF_VM ? KMEM_VM + own + tables_for(mem_pages) : KMEM_CONTAINER + own;
}

static uint64_t to_kib(uint64_t pages)
{
    return pages * (PLAN_PAGE / 1024);
}

static uint32_t weight(const struct conf_part *part)
{
    return part->kind == CONF_VM ? VM_WEIGHT : 1;
}

/* CPU 0 serves the operator too: it is shared last. */
static uint8_t least_loaded(const struct plan_machine *machine, uint32_t count)
{
    uint32_t best = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t cpu = (i + 1) % count;

        if (i == 0 || machine->load[cpu] < machine->load[best])
            best = cpu;
    }
    return (uint8_t)best;
}

/* One CPU after the other, so that each has its own where there are enough; the first may be named. */
static bool pick_cpus(const struct conf_part *part, struct plan_machine *machine, struct plan_part *out)
{
    uint32_t count = machine->cpu_count < PLAN_CPUS ? machine->cpu_count : PLAN_CPUS;

    if (part->cpu != CONF_CPU_ANY && part->cpu >= count) {
        snprintf(out->why, sizeof(out->why), "wants CPU %" PRIu32 ", but this machine has only %"
                 PRIu32 " (0 to %" PRIu32 ")", part->cpu, count, count - 1);
        return false;
    }
    for (out->cpus = 0; out->cpus < part->cpus; out->cpus++) {
        bool named = out->cpus == 0 && part->cpu != CONF_CPU_ANY;

        out->cpu[out->cpus] = named ? (uint8_t)part->cpu : least_loaded(machine, count);
        machine->load[out->cpu[out->cpus]] += weight(part);
    }
    return true;
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
    out->kmem_pages = plan_kmem(part->kind, out->mem_pages, need->file_pages) + (part->cpus - 1) * KMEM_THREAD;
    out->cpus = 0;
    if (part->kind == CONF_VM && !machine->vmx)
        snprintf(out->why, sizeof(out->why), "VMs are unavailable on this machine");
    else
        out->start = fits(machine, out) && pick_cpus(part, machine, out);
    if (!out->start)
        return;
    machine->free_pages -= out->mem_pages;
    machine->kmem_pages -= out->kmem_pages;
}

void plan_undo(struct plan_machine *machine, const struct conf_part *part,
               const struct plan_part *planned)
{
    for (uint32_t i = 0; i < planned->cpus; i++)
        machine->load[planned->cpu[i]] -= weight(part);
    machine->free_pages += planned->mem_pages;
    machine->kmem_pages += planned->kmem_pages;
}

void plan_make(const struct conf *conf, const struct plan_machine *machine,
               const struct plan_need *need, struct plan_part *out)
{
    struct plan_machine left = *machine;

    for (unsigned i = 0; i < conf->count; i++)
        plan_one(&left, &conf->part[i], &need[i], &out[i]);
}

void plan_move(struct plan_machine *machine, const struct conf_part *part,
               struct plan_part *planned, uint32_t thread, uint32_t cpu)
{
    machine->load[planned->cpu[thread]] -= weight(part);
    machine->load[cpu] += weight(part);
    planned->cpu[thread] = (uint8_t)cpu;
}

const char *plan_cpus(const struct plan_part *planned, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (uint32_t i = 0; i < planned->cpus && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%u", i > 0 ? "," : "", (unsigned)planned->cpu[i]);
    return text;
}
