// SPDX-License-Identifier: MIT
// Starting the other CPUs and giving them work.
#include <guest/apic.h>
#include <guest/smp.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/time.h>
#include <guest/trap.h>

#define WAIT_MS 2000

extern const uint8_t smp_code[], smp_code_end[];
void smp_main(unsigned cpu) __attribute__((noreturn));

uint8_t smp_stacks[SMP_MAX][SMP_STACK_BYTES] __attribute__((aligned(SMP_STACK_BYTES)));
volatile uint64_t smp_starts[SMP_MAX];
static smp_job *volatile jobs[SMP_MAX];

unsigned smp_count(void)
{
    unsigned n = cpuid_sub(0xb, 1).ebx & 0xffff;
    return n < 1 ? 1 : n < SMP_MAX ? n : SMP_MAX;
}

/* Only the first CPU runs on another stack. */
unsigned smp_self(void)
{
    uint64_t at = (uint64_t)__builtin_frame_address(0) - (uint64_t)smp_stacks;
    return at < sizeof(smp_stacks) ? (unsigned)(at / SMP_STACK_BYTES) : 0;
}

void smp_main(unsigned cpu)
{
    trap_idt_load(trap_gate_of(0), 256 * 16 - 1);
    apic_enable();
    smp_starts[cpu]++;
    sti();
    for (;;) {
        smp_job *job = jobs[cpu];
        if (job) {
            job();
            jobs[cpu] = 0;
        }
        pause();
    }
}

void smp_init_ipi(unsigned cpu)
{
    jobs[cpu] = 0;
    apic_icr((uint64_t)cpu << 32 | 0x500 | APIC_ICR_ASSERT);
}

bool smp_startup(unsigned cpu)
{
    uint64_t before = smp_starts[cpu];
    for (unsigned i = 0; i < 2; i++)
        apic_icr((uint64_t)cpu << 32 | 0x600 | APIC_ICR_ASSERT | SMP_PAGE >> 12);
    return time_wait(&smp_starts[cpu], before + 1, WAIT_MS);
}

bool smp_start(unsigned cpu)
{
    for (unsigned i = 0; i < smp_code_end - smp_code; i++)
        *(volatile uint8_t *)(uint64_t)(SMP_PAGE + i) = smp_code[i];
    smp_init_ipi(cpu);
    return smp_startup(cpu);
}

void smp_run(unsigned cpu, smp_job *job)
{
    jobs[cpu] = job;
}

bool smp_join(unsigned cpu)
{
    uint64_t end = rdtsc() + tsc_hz / 1000 * WAIT_MS;
    while (jobs[cpu])
        if (rdtsc() > end)
            return false;
        else
            pause();
    return true;
}

void smp_all(smp_job *job)
{
    for (unsigned cpu = 1; cpu < smp_count(); cpu++) {
        smp_run(cpu, job);
        smp_join(cpu);
    }
}
