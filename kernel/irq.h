/* SPDX-License-Identifier: MIT */
/* Host interrupts: vectors, the local APIC, the IOAPICs, interrupts as events. */
#ifndef KERNEL_IRQ_H
#define KERNEL_IRQ_H

#include <abi/boot_info.h>
#include "object.h"

#define VECTOR_GSI0     0x30u /* .. 0xaf: GSI 0 .. 127 */
#define GSI_COUNT       128u
#define VECTOR_TIMER    0xe0u
#define VECTOR_KICK     0xf0u /* 0xf1: SYS_POSTED_VECTOR */
#define VECTOR_SPURIOUS 0xffu

/* ---- lapic.c ---- */
void lapic_init_boot(void);      /* boot CPU: finds the mode */
void lapic_start(void);          /* each CPU */
void lapic_eoi(void);
void lapic_ipi(uint32_t apic_id, uint32_t command); /* ICR low half: mode, vector, flags */

/* ---- ioapic.c ---- */
void ioapic_init(const struct boot_info *boot);
enum status ioapic_route(uint32_t gsi, uint32_t vector, uint32_t apic_id, bool masked) must_check;

/* ---- irq.c ---- */
void irq_init(const struct boot_info *boot);
enum status irq_bind(struct thread *thread, uint64_t irq, uint64_t bits) must_check;
enum status irq_ack(struct thread *thread, uint64_t irq) must_check;
void irq_forget(const struct thread *thread);

/* ---- smp.c ---- */
void smp_init(const struct boot_info *boot);

#endif
