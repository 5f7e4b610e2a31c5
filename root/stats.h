/* SPDX-License-Identifier: MIT */
/* Figures of partitions and CPUs: read, printed for people, dumped for programs. */
#ifndef ROOT_STATS_H
#define ROOT_STATS_H

#include "part.h"

/* The newest figures of a partition; those that it ended with stay. */
void stats_refresh(struct part *part);
void stats_print(struct part *part);
/* What a CPU did until now, the TSC; false: no such CPU. */
bool stats_cpu(unsigned index, struct cpu_stats *stats, uint64_t *tsc);
uint64_t stats_sum(const uint64_t *counts, unsigned n);

/* stats_json.c: all, or one partition, as one line of JSON. */
void stats_json(struct part *only);

#endif
