// SPDX-License-Identifier: MIT
// What CPUs must agree on: translations after a shoot-down, and time.
#include "t_smp.h"

#define VECTOR 0x62
#define WINDOW 0x40000000ull /* 1 GiB: a 2-MiB page that leads to one of two places */
#define PLACE(n) (0x1000000ull + (uint64_t)(n) * 0x200000)
#define ROUNDS 200

static volatile uint64_t acks, stale, wanted;

static void on_flush(struct trap_frame *frame)
{
    (void)frame;
    invlpg(WINDOW);
    if (*(volatile uint64_t *)WINDOW != wanted)
        __atomic_fetch_add(&stale, 1, __ATOMIC_SEQ_CST);
    on_counted_eoi(&acks);
}

static void map(unsigned n)
{
    ((volatile uint64_t *)page_pd)[WINDOW >> 21] = PLACE(n) | PTE_KERNEL | PTE_LARGE;
    invlpg(WINDOW);
}

void test_shootdown(void)
{
    unsigned others = smp_count() - 1, lost = 0;
    uint64_t old = page_pd[WINDOW >> 21];
    trap_set(VECTOR, on_flush);
    stale = 0;
    for (unsigned n = 0; n < 2; n++)
        *(volatile uint64_t *)PLACE(n) = 0xb0b0 + n;
    for (unsigned i = 0; i < ROUNDS && !lost; i++) {
        acks = 0;
        map(i & 1);
        wanted = 0xb0b0 + (i & 1);
        apic_icr(0xc0000 | APIC_ICR_ASSERT | VECTOR);
        lost += !time_wait(&acks, others, 1000);
    }
    check_eq(lost, 0, "every CPU answered every shoot-down");
    check_eq(stale, 0, "stale translations");
    page_pd[WINDOW >> 21] = old;
    invlpg(WINDOW);
}

static volatile uint64_t last_tsc, backwards, turns;
static volatile uint32_t lock;

static void read_time(void)
{
    for (unsigned i = 0; i < 500; i++) {
        while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
            pause();
        uint64_t now = rdtsc();
        if (now < last_tsc)
            backwards++;
        last_tsc = now;
        turns++;
        __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
    }
}

void test_tsc(void)
{
    unsigned done = 0;
    for (unsigned cpu = 1; cpu < smp_count(); cpu++)
        smp_run(cpu, read_time);
    read_time();
    for (unsigned cpu = 1; cpu < smp_count(); cpu++)
        done += smp_join(cpu);
    check_eq(done, smp_count() - 1, "all have read the time");
    check_eq(turns, 500 * smp_count(), "as often as wanted");
    check_eq(backwards, 0, "the TSC goes forward from one CPU to the next");
}
