/* SPDX-License-Identifier: MIT */
/* Who gets which CPU, how much memory and how much kernel memory; pure arithmetic and messages. */
#ifndef ROOT_PLAN_H
#define ROOT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "conf.h"

#define PLAN_PAGE 4096ull
#define PLAN_CPUS CONF_HOST_CPUS

struct plan_cpu {
    uint16_t core;   /* its core's number: CPUs of one core (hyper-threads) have the same */
    uint8_t node;    /* CPUs that are near each other have the same */
    uint16_t users;  /* vCPUs and threads that were placed here */
    uint32_t load;   /* by them, roughly */
    uint32_t shares; /* promised to them, in 1/CONF_WHOLE */
    bool exclusive;
};

/* What there is, and what is left of it. CPU 0 is root's: it is never exclusive, and shared last. */
struct plan_machine {
    uint32_t cpu_count;
    uint64_t free_pages; /* RAM */
    uint64_t kmem_pages; /* kernel pool */
    bool vmx;
    struct plan_cpu cpu[PLAN_CPUS];
};

/* What one partition needs beside its `memory`, found out by looking at its files. */
struct plan_need {
    uint64_t own_pages;  /* its program (the VMM's for a VM): image, stack, heap, start_info */
    uint64_t file_pages; /* read-only files mapped into it; they cost page tables only */
    bool ready;          /* false: it cannot start anyway, the reason is in plan_part.why */
};

struct plan_part {
    bool start;
    uint32_t cpu_count;         /* of vCPUs or threads that have a CPU */
    uint32_t given;             /* a bit for each of these */
    uint8_t cpu[CONF_MAX_CPUS]; /* theirs */
    uint64_t mem_pages, kmem_pages;
    char why[200]; /* when it does not start */
};

/* A machine of so many CPUs, each a core of its own, of which nothing is given yet. */
void plan_machine_init(struct plan_machine *machine, uint32_t cpu_count);

/* Decide for one partition and take what it gets from the machine; give that back. */
void plan_one(struct plan_machine *machine, const struct conf_part *part,
              const struct plan_need *need, struct plan_part *out);
void plan_undo(struct plan_machine *machine, const struct conf_part *part,
               struct plan_part *planned);

/*
 * The partition, which was planned before, wants other CPUs. false: nothing changed, and
 * planned->why tells; else part->cpus and planned->cpu are new.
 */
bool plan_move(struct plan_machine *machine, struct conf_part *part, struct plan_part *planned,
               const struct conf_cpus *to);

/*
 * While it runs: its vCPUs of the bits in `which` get CPUs, too; false: nothing changed, and planned->why tells.
 * Or they give them back.
 */
bool plan_grow(struct plan_machine *machine, const struct conf_part *part, struct plan_part *planned, uint32_t which);
void plan_shrink(struct plan_machine *machine, const struct conf_part *part, struct plan_part *planned, uint32_t which);

static inline bool plan_has(const struct plan_part *planned, unsigned vcpu)
{
    return (planned->given >> vcpu & 1) != 0;
}

/*
 * Decide for all that are `ready` and start by themselves: those that name exclusive CPUs, then those that name
 * shared ones, then exclusive, then the others; among these in the order of the file, first come,
 * first served.
 */
void plan_make(struct plan_machine *machine, const struct conf *conf, const struct plan_need *need,
               struct plan_part *out);

/* CPUs that are left idle because another hyper-thread of their core is in use: "1,5"; "" when there is none. */
const char *plan_idle_threads(const struct plan_machine *machine, char *text, size_t size);

/* What of each of its CPUs is the partition's whatever others do, in 1/CONF_WHOLE. */
uint32_t plan_share(const struct conf_part *part);

/* Kernel memory for page tables, EPT, threads, vCPUs and handles of such a partition. */
uint64_t plan_kmem(enum conf_kind kind, uint32_t cpus, uint64_t mem_pages, uint64_t file_pages);

#endif
