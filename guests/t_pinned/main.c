// SPDX-License-Identifier: MIT
// t_pinned: how long laps of pure computing take, and how late its timer interrupts come, at best and
// at worst, whatever the neighbours do. Command line: laps=N, shots=N, halt (sleep until the shot).
#include <guest/apic.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/trap.h>

#define LAP    1000000u // instructions
#define AHEAD  30000u   // ticks from arming to the deadline
#define VECTOR 0x50
#define MOST   4096u

static volatile uint64_t shot;

static void on_timer(struct trap_frame *f)
{
    (void)f;
    shot = rdtsc();
    apic_eoi();
}

static uint64_t lap(void)
{
    uint64_t start = rdtsc(), turns = LAP / 2;

    asm volatile("1:\tdec %0\n\tjnz 1b" : "+r"(turns)::"cc");
    return rdtsc() - start;
}

static uint64_t latency(bool halt)
{
    shot = 0;
    uint64_t at = rdtsc() + AHEAD;
    wrmsr(MSR_TSC_DEADLINE, at);
    while (!shot)
        if (halt)
            sti_hlt_cli();
        else
            sti(), pause(), cli();
    return shot - at;
}

static uint64_t taken[MOST]; /* of the last ones */

static void measure(const char *what, uint64_t count, uint64_t (*one)(bool), bool halt)
{
    uint64_t best = ~0ull, worst = 0, sum = 0, even = 0;

    for (uint64_t i = 0; i < count; i++) {
        uint64_t ticks = taken[i % MOST] = one(halt);
        best = ticks < best ? ticks : best;
        worst = ticks > worst ? ticks : worst;
        sum += ticks;
    }
    for (uint64_t i = 0; i < count && i < MOST; i++)
        even += taken[i] - best <= best / 100;
    if (count)
        print("t_pinned: %s: best %lu mean %lu worst %lu, %lu within 1 %% of the best\n", what, best,
              sum / count, worst, even);
}

static uint64_t lap_of(bool halt)
{
    (void)halt;
    return lap();
}

void guest_main(const char *cmdline)
{
    measure("laps", text_value(cmdline, "laps", 0), lap_of, false);
    uint64_t shots = text_value(cmdline, "shots", 0);
    if (shots) {
        apic_mode(APIC_BASE_ON | APIC_BASE_X2);
        apic_enable();
        trap_set(VECTOR, on_timer);
        apic_write(APIC_LVT_TIMER, APIC_DEADLINE | VECTOR);
        measure("latency spinning", shots, latency, false);
        measure("latency halted", shots, latency, true);
    }
    guest_exit(0);
}
