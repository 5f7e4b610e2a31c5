// SPDX-License-Identifier: MIT
// x_ipi: messages of every kind, with every vector, to every local APIC of the machine but its own,
// in xAPIC and in x2APIC mode. None is there for it; none may come back either.
#include <guest/apic.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/trap.h>

#define ICR_OTHERS  0xc0000u
#define ICR_LOGICAL 0x800u
#define ICR_LEVEL   0x8000u

enum mode { FIXED, LOWEST, SMI, RESERVED, NMI, INIT, SIPI, EXTINT };

static uint64_t sent, refused;

static void send(uint64_t destination, enum mode mode, uint32_t low)
{
    uint64_t icr = destination << 32 | (uint64_t)mode << 8 | APIC_ICR_ASSERT | low;
    bool taken = true;

    if (apic_is_x2())
        taken = try_wrmsr(MSR_X2APIC + APIC_ICR / 16, icr) == VEC_NONE;
    else
        apic_icr(icr);
    sent += taken;
    refused += !taken;
}

static void every_kind(uint64_t destination, uint32_t flags)
{
    for (uint32_t vector = 0; vector < 256; vector++)
        send(destination, FIXED, vector | flags);
    for (enum mode mode = LOWEST; mode <= EXTINT; mode++)
        for (uint32_t vector = 0; vector < 256; vector += 37)
            send(destination, mode, vector | flags);
    send(destination, INIT, ICR_LEVEL | flags);
    send(destination, INIT, flags); // twice a start-up message, as the manual wants it
    send(destination, SIPI, 8 | flags);
    send(destination, SIPI, 8 | flags);
}

static uint64_t arrived(void)
{
    uint64_t sum = 0;

    for (unsigned vector = 0; vector < 256; vector++)
        sum += vector == VEC_GP ? 0 : trap_counts[vector]; // refusals in x2APIC mode
    return sum;
}

static void sweep(const char *mode, uint64_t last)
{
    uint64_t self = apic_is_x2() ? apic_read(APIC_ID) : apic_read(APIC_ID) >> 24, before = arrived();

    sent = refused = 0;
    for (uint64_t id = 0; id < last; id++)
        if (id != self)
            every_kind(id, 0);
    for (uint64_t cluster = 1; cluster < 16; cluster++)
        every_kind(apic_is_x2() ? cluster << 16 | 0xffff : cluster << 4, ICR_LOGICAL);
    every_kind(0, ICR_OTHERS);
    sti();
    for (unsigned i = 0; i < 1000; i++)
        pause();
    cli();
    print("%s: %lu messages sent, %lu refused\n", mode, sent, refused);
    check_eq(arrived() - before, 0, "%s: messages that came back", mode);
}

static void on_interrupt(struct trap_frame *f)
{
    (void)f;
    apic_eoi();
}

void guest_main(const char *cmdline)
{
    (void)cmdline;
    report_name("x_ipi");
    for (unsigned vector = 32; vector < 256; vector++)
        trap_set((uint8_t)vector, on_interrupt);
    apic_enable();
    apic_write(APIC_DFR, 0x0fffffff); // clusters, so that a logical destination is not ours by chance
    apic_write(APIC_LDR, 0);
    sweep("xAPIC", 255);
    if (cpuid(1).ecx >> 21 & 1) {
        apic_mode(APIC_BASE_ON | APIC_BASE_X2);
        apic_enable();
        sweep("x2APIC", 1024);
    }
    report_end();
}
