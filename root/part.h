/* SPDX-License-Identifier: MIT */
/* Root's table of partitions: what was asked for, what runs, and how it ended. */
#ifndef ROOT_PART_H
#define ROOT_PART_H

#include <stdbool.h>
#include <stdint.h>
#include <abi/ring.h>
#include <abi/start.h>
#include <abi/syscall.h>
#include <lib/ring.h>
#include "conf.h"
#include "life_table.h"
#include "plan.h"
#include "restart.h"
#include "scroll.h"
#include "watch.h"

/* Bits of root's event word. */
#define ROOT_CONSOLE (1ull << 0) /* some partition wrote to its console or read from it */
#define ROOT_UART    (1ull << 2) /* interrupt of the serial port */
#define ROOT_ENDS    0xffffffff00ull /* a partition ended: one bit for each slot modulo 32 */

#define PART_MAX 256u

/* vCPUs that come and go while a VM runs (abi/ring.h). */
struct hot_cpus {
    volatile uint32_t *word;        /* cpus_wanted, for the VM to read; NULL: it does not run or has one CPU only */
    const volatile uint64_t *state; /* cpus_state, its answer */
    uint32_t wanted;                /* what root wrote there */
    int64_t event;                  /* tells the VM to look there */
    uint64_t due;                   /* TSC by which it is to have given back what is wanted; 0: nothing is */
};

struct part {
    unsigned slot;           /* its place in the table and of its console in root's address space */
    struct conf_part *conf;  /* its own copy of what was asked for */
    struct plan_part plan;
    enum life state;
    uint64_t due;            /* TSC at which grace or back-off is over; 0: nothing is due */
    uint64_t grace_ms;       /* of the stop or restart that goes on */
    uint64_t started;        /* TSC */
    struct restarts restarts;
    int64_t handle;      /* of the partition while the kernel has one, else 0 */
    int64_t thread[CONF_MAX_CPUS]; /* to place them elsewhere */
    int64_t wake;        /* event: console input or room, in the partition's first thread */
    int64_t stop;        /* event: power button of a VM, EVENT_STOP of a container */
    int64_t shm;         /* memory of its console rings; kept until the partition is removed */
    struct hot_cpus hot;
    struct watch watch;
    const struct start_file *program; /* whose code it shares; from its first start on */
    struct ring_side out, in;
    struct scrollback scroll;
    struct part_info info;   /* newest figures; the last ones when it ended */
    struct part_stats stats; /* the last ones when it ended */
    char ended[200];         /* why it ended, does not start, or was killed */
};

/*
 * The table. A slot is given again after part_remove(), the lowest free one first, so that what
 * root keeps for each (page tables, an event bit) is bounded.
 */
struct part *part_add(const struct conf_part *wanted); /* a copy of it; NULL: no slot or no memory */
void part_remove(struct part *part);
struct part *part_next(const struct part *part); /* NULL: the first; in the order of the slots */

#define FOR_EACH_PART(p) for (struct part *p = part_next(NULL); p != NULL; p = part_next(p))

/* The kernel has it: it runs, is paused or about to end. */
static inline bool part_alive(const struct part *part)
{
    return part->handle > 0;
}

static inline uint64_t part_end_bit(const struct part *part)
{
    return 1ull << (8 + part->slot % 32);
}

extern struct conf conf; /* the system description, as it was read at the start */

/* The partition of this name, or NULL. */
struct part *part_find(const char *name);

/* create.c: create and start a partition as planned; false: part->ended says why not, all is given back. */
bool create_part(struct part *part);

/* create.c: destroy it, so that all that it held can be given again; says so when that fails. */
void part_give_back(struct part *part);

/* create.c: where and how its plan and its description want one of its threads to run. */
uint64_t part_placement(const struct part *part, uint32_t thread);

/* create.c: it will not run its program again: what it shared goes with the last who does. */
void part_drop_program(struct part *part);

#endif
