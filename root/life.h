/* SPDX-License-Identifier: MIT */
/* Carrying out what the table of life_table.h says: partitions start, end, and come back. */
#ifndef ROOT_LIFE_H
#define ROOT_LIFE_H

#include "part.h"

#define LIFE_GRACE_MS 10000u /* a partition that was asked to end has so long */

/* Partitions of the system description: all that are to start by themselves do. */
void life_start_all(void);

/* A partition of this description, not started; NULL: why[] says why it cannot be. */
struct part *life_add(const struct conf_part *wanted, char *why, size_t size);

/* Something happens to a partition. false: the table refuses it, or it did not work and was said. */
bool life_event(struct part *part, enum life_event event);

/* life_cpus.c: a partition that runs goes on on other CPUs; false: `why` says why it stays. */
bool life_move(struct part *part, const struct conf_cpus *to, char *why, size_t size);

/*
 * A VM is to have `count` of its vCPUs from now on. One that runs is given what it lacks, and asked for what it has too
 * much: it keeps that until it gives it back. false: nothing changed, and `why` says why.
 */
bool life_cpus(struct part *part, uint32_t count, char *why, size_t size);

/* What guests gave back, and who did not in time. The TSC at which to call again. */
uint64_t life_cpus_tick(uint64_t now);

/* life.c: what is left to give; what the plan had for a partition that the kernel does not have is left again. */
struct plan_machine *life_machine(void);
void life_take_back(struct part *part);

/* These of ROOT_ENDS came: who ended? */
void life_check(uint64_t ends);

/* What is due by now: ends of grace, restarts, starts, watchdogs. The TSC at which to call again. */
uint64_t life_tick(uint64_t now);

/* Its watchdog: a sign of life within every `ms`, from now on if it runs; 0: none. */
void life_watch(struct part *part, uint32_t ms);

/* Of a partition that waits: the name of one that it must come after. */
const char *life_waits_for(const struct part *part);

/* Nobody runs, and nobody will by himself. */
bool life_all_ended(void);

#endif
