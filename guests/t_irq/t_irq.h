/* SPDX-License-Identifier: MIT */
/* The groups of checks of t_irq, one source file each. */
#ifndef T_IRQ_H
#define T_IRQ_H

#include <guest/apic.h>
#include <guest/pic.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/time.h>
#include <guest/trap.h>

void test_timer(void);
void test_x2timer(void);
void test_deadline(void);
void test_ipi(void);
void test_x2ipi(void);
void test_error(void);
void test_x2error(void);
void test_x2nmi(void);
void test_modes(void);
void test_off(void);
void test_ioapic(void);
void test_pic(void);
void test_pit(void);
void test_rtc(void);
void test_pmtimer(void);
void test_nmi(void);
void test_halt(void);

void on_lapic(struct trap_frame *frame); /* handler: EOI */
bool has_x2apic(void);
uint64_t us(uint64_t microseconds); /* in TSC ticks */

#endif
