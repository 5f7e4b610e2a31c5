// SPDX-License-Identifier: MIT
// Host interrupts by vector; device interrupts become events of the thread that bound them.
#include <sys/log.h>
#include "entry.h"
#include "irq.h"
#include "sched.h"
#include "trace.h"

static struct {
    struct thread *thread;
    uint64_t bits;
} bound[GSI_COUNT];
static struct boot_isa_irq isa[16];

void irq_init(const struct boot_info *boot)
{
    for (unsigned i = 0; i < 16; i++)
        isa[i] = boot->isa_irq[i];
    ioapic_init(boot);
}

// The first 16 numbers are ISA interrupts: what programs know; firmware says where they arrive.
static enum status set_masked(uint64_t irq, bool masked)
{
    uint32_t pin = irq < 16 ? isa[irq].gsi : (uint32_t)irq;

    return ioapic_route(pin, VECTOR_GSI0 + (uint32_t)irq, bound[irq].thread->cpu->apic_id, masked);
}

enum status irq_bind(struct thread *thread, uint64_t irq, uint64_t bits)
{
    if (irq >= GSI_COUNT)
        return ERR_INVALID;
    if (bound[irq].thread)
        return ERR_BUSY;
    bound[irq].bits = bits;
    bound[irq].thread = thread;
    enum status status = set_masked(irq, false);
    if (status != OK)
        bound[irq].thread = NULL;
    return status;
}

enum status irq_ack(struct thread *thread, uint64_t irq)
{
    if (irq >= GSI_COUNT || bound[irq].thread != thread)
        return ERR_INVALID;
    return set_masked(irq, false);
}

void irq_forget(const struct thread *thread)
{
    for (unsigned i = 0; i < GSI_COUNT; i++)
        if (bound[i].thread == thread) {
            (void)!set_masked(i, true);
            bound[i].thread = NULL;
        }
}

static __attribute__((noinline)) void device(uint32_t irq)
{
    struct thread *t = bound[irq].thread;

    this_cpu()->stats.devices++;
    if (t) {
        (void)!set_masked(irq, true);
        event_signal(t, bound[irq].bits);
    }
    lapic_eoi();
}

void irq_dispatch(uint32_t vector)
{
    trace(TRACE_IRQ, TRACE_NONE << 8, vector, 0, 0);
    if (vector == VECTOR_TIMER) {
        lapic_eoi();
        sched_timer_interrupt();
    } else if (vector == VECTOR_KICK || vector == SYS_POSTED_VECTOR) {
        this_cpu()->stats.kicks++;
        lapic_eoi(); // its sender left the reason in the CPU's block: sched_resume looks there
    } else if (vector >= VECTOR_GSI0 && vector < VECTOR_GSI0 + GSI_COUNT) {
        device(vector - VECTOR_GSI0);
    } else if (vector != VECTOR_SPURIOUS) {
        sys_log("irq: unexpected vector 0x%x", vector);
        lapic_eoi();
    }
}
