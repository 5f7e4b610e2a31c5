/* SPDX-License-Identifier: MIT */
/* Who gets which CPU, how much memory and how much kernel memory; pure arithmetic and messages. */
#ifndef ROOT_PLAN_H
#define ROOT_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include "conf.h"

#define PLAN_PAGE 4096ull

#define PLAN_CPUS 256u

/* What there is to give. */
struct plan_machine {
    uint32_t cpu_count;
    uint64_t free_pages; /* RAM */
    uint64_t kmem_pages; /* kernel pool */
    bool vmx;
    uint32_t load[PLAN_CPUS]; /* of each CPU, by the partitions that were planned for it */
};

/* What one partition needs beside its `memory`, found out by looking at its files. */
struct plan_need {
    uint64_t own_pages;  /* its program (the VMM's for a VM): image, stack, heap, start_info */
    uint64_t file_pages; /* read-only files mapped into it; they cost page tables only */
    bool ready;          /* false: it cannot start anyway, the reason is in plan_part.why */
};

struct plan_part {
    bool start;
    uint32_t cpus;
    uint8_t cpu[CONF_MAX_CPUS]; /* of each of its threads or vCPUs */
    uint64_t mem_pages, kmem_pages;
    char why[200]; /* when it does not start */
};

/* Decide for one partition and take what it gets from the machine; give that back. */
void plan_one(struct plan_machine *machine, const struct conf_part *part,
              const struct plan_need *need, struct plan_part *out);
/* One of its threads moved to another CPU. */
void plan_move(struct plan_machine *machine, const struct conf_part *part,
               struct plan_part *planned, uint32_t thread, uint32_t cpu);
void plan_undo(struct plan_machine *machine, const struct conf_part *part,
               const struct plan_part *planned);

/* Its CPUs as text: "3" or "1,2,3,0". */
#define PLAN_CPUS_TEXT (4 * CONF_MAX_CPUS + 1)
const char *plan_cpus(const struct plan_part *planned, char *text, size_t size);

/* Decide for all partitions in the order of the description: first come, first served. */
void plan_make(const struct conf *conf, const struct plan_machine *machine,
               const struct plan_need *need, struct plan_part *out);

/* Kernel memory for page tables, EPT, threads, vCPUs and handles of such a partition. */
uint64_t plan_kmem(enum conf_kind kind, uint64_t mem_pages, uint64_t file_pages);

#endif
