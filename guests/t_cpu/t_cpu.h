/* SPDX-License-Identifier: MIT */
/* The groups of checks of t_cpu, one source file each, and the ring-3 snippets in user.S. */
#ifndef T_CPU_H
#define T_CPU_H

#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/trap.h>

void test_cpuid(void);
void test_msr(void);
void test_cr(void);
void test_xcr(void);
void test_fputrap(void);
void test_debug(void);
void test_exception(void);
void test_delivery(void);
void test_step(void);
void test_shadow(void);
void test_fpu(void);
void test_stringio(void);
void test_tsc(void);

/* Runs a snippet of user.S in ring 3; the vector that ended it. */
unsigned in_ring3(const char *snippet);
extern const char user_ud2[], user_rdmsr[], user_xsetbv[], user_int80[], user_int3[], user_hlt[], user_in[],
    user_rdtsc[], user_unaligned[], user_read_kernel[], user_sgdt[], user_cpuid[];

#endif
