/* SPDX-License-Identifier: MIT */
/* The other CPUs of a guest: start by INIT and start-up IPIs (SDM vol. 3, 8.4.4), and work for them. */
#ifndef GUEST_SMP_H
#define GUEST_SMP_H

#define SMP_MAX         32
#define SMP_STACK_BYTES 4096
#define SMP_PAGE        0x70000 /* where their first instructions are copied to */
#define SMP_FOUND       0x70ff0

#ifndef __ASSEMBLY__
#include <stdbool.h>
#include <stdint.h>

typedef void smp_job(void);

/* What the CPU that came up last held at its first instruction. */
struct smp_found {
    uint32_t cr0, edx;
};
#define smp_found (*(volatile struct smp_found *)SMP_FOUND)

extern volatile uint64_t smp_starts[SMP_MAX]; /* how often each came up */

unsigned smp_count(void); /* CPUs of the machine, by CPUID */
unsigned smp_self(void);  /* number of this CPU: its APIC id */

/* INIT, then start-up twice; false if it did not come up. It waits for work with interrupts on. */
bool smp_start(unsigned cpu);
void smp_init_ipi(unsigned cpu);
bool smp_startup(unsigned cpu);

/* Gives a job to another CPU; smp_join waits until it is done. */
void smp_run(unsigned cpu, smp_job *job);
bool smp_join(unsigned cpu);
void smp_all(smp_job *job); /* on all others, one after the other; waits */
#endif
#endif
