/* SPDX-License-Identifier: MIT */
/* The groups of checks of t_smp. */
#ifndef T_SMP_H
#define T_SMP_H

#include <guest/apic.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/smp.h>
#include <guest/start.h>
#include <guest/time.h>
#include <guest/trap.h>

/* ipi.c */
void test_vectors(void);
void test_groups(void);
void test_lowest(void);
void test_nmi(void);
void test_halted(void);

/* memory.c */
void test_shootdown(void);
void test_tsc(void);

/* init.c */
void test_start(void);
void test_init(void);

static inline void on_counted_eoi(volatile uint64_t *count)
{
    __atomic_fetch_add(count, 1, __ATOMIC_SEQ_CST);
    apic_eoi();
}

#endif
