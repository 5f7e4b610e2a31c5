/* SPDX-License-Identifier: MIT */
/* Root's table of partitions: what was asked for, what runs, and how it ended. */
#ifndef ROOT_PART_H
#define ROOT_PART_H

#include <stdbool.h>
#include <stdint.h>
#include <abi/ring.h>
#include <abi/syscall.h>
#include <lib/ring.h>
#include "conf.h"
#include "plan.h"
#include "scroll.h"

/* Bits of root's event word. */
#define ROOT_CONSOLE (1ull << 0) /* some partition wrote to its console or read from it */
#define ROOT_END     (1ull << 1) /* some partition ended */
#define ROOT_UART    (1ull << 2) /* interrupt of the serial port */

enum part_life { PART_NOT_STARTED, PART_UNAVAILABLE, PART_ALIVE, PART_GONE };

struct part {
    const struct conf_part *conf;
    enum part_life life;
    int64_t handle;      /* of the partition while alive */
    int64_t wake;        /* event: console input or room, in the partition's first thread */
    int64_t power;       /* event: press the power button (VM) */
    struct ring_side out, in;
    struct scrollback scroll;
    struct part_info info;   /* newest figures; final ones when gone */
    struct part_stats stats; /* final ones when gone */
    char ended[200];         /* why it ended or did not start */
};

extern struct conf conf;
extern struct plan_part plan[CONF_MAX_PARTS];
extern struct part parts[CONF_MAX_PARTS]; /* parts[i] is of conf.part[i] */

/* The partition of this name, or NULL. */
struct part *part_find(const char *name);

/* create.c: look at the files of conf.part[i]: what it needs, or why it cannot start. */
void create_judge(unsigned i, struct plan_need *need, char *why, size_t why_size);

/* create.c: create and start partition i as planned; false: parts[i].ended says why not. */
bool create_part(unsigned i);

/* create.c: destroy it, so that all that it held can be given again; says so when that fails. */
void part_give_back(struct part *part);

/* life.c: start everything; look for partitions that ended; bring one to its end. */
void life_start_all(void);
void life_check(void);
void life_kill(struct part *part);
bool life_all_ended(void);

/* stats.c: the newest figures of a partition. */
void stats_refresh(struct part *part);
void stats_print(struct part *part);

#endif
