// SPDX-License-Identifier: MIT
// Measures the TSC against the PIT and waits by it.
#include <guest/apic.h>
#include <guest/time.h>
#include <guest/trap.h>

uint64_t tsc_hz;

/* PIT channel 2, mode 0, gated by port 0x61: OUT2 (bit 5) rises after `count` clocks. */
static uint64_t tsc_ticks_in(uint16_t count)
{
    outb(0x61, (uint8_t)((inb(0x61) & ~3u) | 1));
    outb(0x43, 0xb0);
    outb(0x42, (uint8_t)count);
    outb(0x42, (uint8_t)(count >> 8));
    uint64_t start = rdtsc();
    while (!(inb(0x61) & 0x20))
        ;
    return rdtsc() - start;
}

/* The shortest of several, in case the CPU was taken away meanwhile. */
void time_init(void)
{
    const uint16_t count = 5966; /* 5 ms */
    uint64_t best = ~0ull;
    for (unsigned i = 0; i < 6; i++) {
        uint64_t ticks = tsc_ticks_in(count);
        if (ticks < best)
            best = ticks;
    }
    tsc_hz = best * PIT_HZ / count;
}

void time_spin_us(uint64_t us)
{
    uint64_t end = rdtsc() + us * tsc_hz / 1000000;
    while (rdtsc() < end)
        pause();
}

static void wake(struct trap_frame *frame)
{
    (void)frame;
    apic_eoi();
}

void time_sleep_ms(uint64_t ms)
{
    uint64_t end = rdtsc() + ms * tsc_hz / 1000;
    apic_enable();
    trap_set(VEC_SLEEP, wake);
    apic_timer_rate();
    apic_write(APIC_TIMER_DIVIDE, 0x3); /* by 16 */
    apic_write(APIC_LVT_TIMER, VEC_SLEEP);
    for (uint64_t now; (now = rdtsc()) < end;) {
        uint64_t ticks = (end - now) * apic_hz / tsc_hz / 16 + 1;
        apic_write(APIC_TIMER_INIT, ticks > 0xffffffff ? 0xffffffff : (uint32_t)ticks);
        sti_hlt_cli();
    }
    apic_write(APIC_LVT_TIMER, APIC_MASKED | VEC_SLEEP);
}

bool time_wait(const volatile uint64_t *counter, uint64_t want, uint64_t ms)
{
    uint64_t end = rdtsc() + ms * tsc_hz / 1000;
    sti();
    while (*counter < want && rdtsc() < end)
        pause();
    cli();
    return *counter >= want;
}
