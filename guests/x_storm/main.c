// SPDX-License-Identifier: MIT
// x_storm: exits and interrupts of every kind as fast as they go, a fixed number of each.
#include <guest/apic.h>
#include <guest/pic.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/time.h>
#include <guest/trap.h>

static void on_interrupt(struct trap_frame *f)
{
    (void)f;
    apic_eoi();
}

static uint64_t limit;

/* Only the handler is sure to run: these timers are faster than any CPU. */
static void on_apic_timer(struct trap_frame *f)
{
    if (trap_counts[f->vector] >= limit)
        apic_timer_stop();
    apic_eoi();
}

static void on_pit(struct trap_frame *f)
{
    if (trap_counts[f->vector] >= limit)
        pit_stop();
    apic_eoi();
}

static void timers(void)
{
    trap_set(0x50, on_apic_timer);
    apic_write(APIC_TIMER_DIVIDE, 0xb);
    apic_write(APIC_LVT_TIMER, APIC_PERIODIC | 0x50);
    apic_write(APIC_TIMER_INIT, 1);
    for (sti(); trap_counts[0x50] < limit;)
        pause();
    cli();
    print("timer done\n");
    trap_set(0x51, on_pit);
    pit_program(0, 2, 2);
    ioapic_pin(2, 0x51);
    for (sti(); trap_counts[0x51] < limit;)
        pause();
    cli();
    ioapic_pin(2, IOAPIC_MASKED);
}

void guest_main(const char *cmdline)
{
    uint64_t count = text_value(cmdline, "count", 20000), v;
    report_name("x_storm");
    time_init();
    apic_enable();
    for (uint64_t i = 0; i < count; i++) {
        cpuid((uint32_t)i);
        outb(0x80, (uint8_t)i);
        inl(0x1234);
        mmio_read(IOAPIC_BASE + 0x10);
        mmio_write(0xd0000000, 1);
        try_rdmsr(0xdeadbeef, &v);
        write_cr0(read_cr0() ^ CR0_NE);
        write_cr8(i & 15);
        rdmsr(MSR_APIC_BASE);
        TRY("vmcall", "a"(i));
        asm volatile("wbinvd" ::: "memory");
    }
    write_cr8(0);
    print("exits done\n");
    trap_set(0x52, on_interrupt);
    sti();
    for (uint64_t i = 0; i < count; i++)
        apic_icr(APIC_ICR_SELF | APIC_ICR_ASSERT | 0x52);
    cli();
    print("IPIs done\n");
    limit = count / 10;
    timers();
    check(true, "alive behind it");
}
