// SPDX-License-Identifier: MIT
// t_steady: computes in all kinds of registers, sleeps and takes timer interrupts for ever, and looks
// whether all is as it left it: what is done to its partition from outside must not show. A `c` typed
// into its console makes it crash.
#include <guest/apic.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/time.h>
#include <guest/trap.h>

#define MSR_LSTAR 0xc0000082
#define MSR_KGS   0xc0000102
#define COM1      0x3f8
#define TURNS     200000u
#define PERIOD    200000u

static uint64_t mark = 0x0123456789abcdef;
static volatile uint64_t ticks;

static void on_timer(struct trap_frame *f)
{
    (void)f;
    ticks++;
    apic_eoi();
}

/* The same sum in general and in vector registers, which hold nothing else meanwhile. */
static bool compute(void)
{
    uint64_t sum = 0, vector, count = TURNS, step = mark;

    asm volatile("movq %[step], %%xmm7\n\tpxor %%xmm15, %%xmm15\n"
                 "1:\tpaddq %%xmm7, %%xmm15\n\tadd %[step], %[sum]\n\tdec %[count]\n\tjnz 1b\n\t"
                 "movq %%xmm15, %[vector]"
                 : [sum] "+r"(sum), [count] "+r"(count), [vector] "=r"(vector)
                 : [step] "r"(step) : "cc");
    return sum == vector && sum == step * TURNS;
}

static bool system_registers(void)
{
    uint64_t dr;

    asm volatile("mov %%dr2, %0" : "=r"(dr));
    return rdmsr(MSR_LSTAR) == mark && rdmsr(MSR_KGS) == (mark >> 20) && dr == (mark & 0xffffff);
}

static void set_registers(void)
{
    mark = (mark * 6364136223846793005ull + 1442695040888963407ull) & 0x7fffffffffff;
    wrmsr(MSR_LSTAR, mark);
    wrmsr(MSR_KGS, mark >> 20);
    asm volatile("mov %0, %%dr2" ::"r"(mark & 0xffffff));
}

/* A triple fault, if somebody asks for it. */
static void crash_if_told(void)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } none = { 0, 0 };

    if ((inb(COM1 + 5) & 1) == 0 || inb(COM1) != 'c')
        return;
    print("t_steady: crash\n");
    asm volatile("lidt %0\n\tud2" ::"m"(none));
}

void guest_main(const char *cmdline)
{
    while (*cmdline != '\0') // two of them hold different marks, however much in step they run
        mark = mark * 31 + (unsigned char)*cmdline++;
    write_cr4(read_cr4() | CR4_OSFXSR); // the compiler uses no vector registers: they are ours
    apic_enable();
    trap_set(0x50, on_timer);
    apic_write(APIC_TIMER_DIVIDE, 0xb);
    apic_write(APIC_LVT_TIMER, APIC_PERIODIC | 0x50);
    apic_write(APIC_TIMER_INIT, PERIOD);
    for (uint64_t round = 1;; round++) {
        uint64_t before = ticks;
        set_registers();
        sti();
        bool good = compute();
        while (ticks == before)
            sti_hlt_cli(), sti();
        cli();
        if (!good || !system_registers()) {
            print("t_steady: BROKEN in round %lu: %s\n", round, good ? "system registers" : "sums");
            guest_exit(1);
        }
        crash_if_told();
        if (round % 100 == 0)
            print("t_steady: %lu rounds\n", round);
    }
}
