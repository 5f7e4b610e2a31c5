/* SPDX-License-Identifier: MIT */
/* plan.c <-> plan_cpus.c: the CPUs of one partition. */
#ifndef ROOT_PLAN_CPUS_H
#define ROOT_PLAN_CPUS_H

#include "plan.h"

/*
 * Choose as part->cpus says for the vCPUs `which`, which have none, and take them. false: nothing changed, out->why
 * tells.
 */
bool plan_cpus_take(struct plan_machine *machine, const struct conf_part *part, struct plan_part *out,
                    uint32_t which);
void plan_cpus_give(struct plan_machine *machine, const struct conf_part *part, struct plan_part *planned,
                    uint32_t which);

/* Take those of planned->cpu. */
void plan_cpus_again(struct plan_machine *machine, const struct conf_part *part, struct plan_part *planned,
                     uint32_t which);

#endif
