/* SPDX-License-Identifier: MIT */
/*
 * The value of `cpus`: how many, on which, alone or not. "2", "4 exclusive", "on 2-5,7",
 * "2 on 4-7 shared", "1 of 4": one, and up to four while it runs. Pure.
 */
#ifndef ROOT_CONF_CPUS_H
#define ROOT_CONF_CPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_MAX_CPUS  32  /* vCPUs of a VM */
#define CONF_HOST_CPUS 256 /* CPUs of a machine: 0 to 255 */

struct conf_cpus {
    uint32_t count;
    uint32_t most; /* that it can be given while it runs; 0: as many as `count` */
    bool exclusive;
    uint64_t on[CONF_HOST_CPUS / 64]; /* these only; none set: any */
};

static inline bool cpus_has(const struct conf_cpus *cpus, unsigned cpu)
{
    return (cpus->on[cpu / 64] >> cpu % 64 & 1) != 0;
}

static inline uint32_t cpus_most(const struct conf_cpus *cpus)
{
    return cpus->most > cpus->count ? cpus->most : cpus->count;
}

/* CPUs that are named; 0: any. */
unsigned cpus_named(const struct conf_cpus *cpus);

/* false: nothing is changed, and `why` says what was expected. */
bool cpus_parse(const char *text, struct conf_cpus *out, char *why, size_t why_size);

/* "0-2,5": CPUs in `set`, as many as fit. */
const char *cpus_text(const uint64_t set[CONF_HOST_CPUS / 64], char *text, size_t size);

#endif
