// SPDX-License-Identifier: MIT
// The other CPUs: start, kick, and the TLB flush that a change of page tables needs on each.
#include <hw/apic.h>
#include <sys/log.h>
#include "init.h"
#include "irq.h"
#include "memory.h"
#include "sched.h"

struct cpu *volatile smp_stack; // of the CPU that starts now: entry.S
void smp_main(void);

struct lock kernel_lock;

static void wait_us(uint64_t us)
{
    uint64_t end = x86_rdtsc() + tsc_hz / 1000000 * us;

    while (x86_rdtsc() < end)
        x86_pause();
}

void smp_kick(struct cpu *cpu)
{
    lapic_ipi(cpu->apic_id, VECTOR_KICK | APIC_ICR_ASSERT);
}

void smp_poll(void)
{
    struct cpu *cpu = this_cpu();

    if (cpu->flush) {
        x86_write_cr3(x86_read_cr3());
        if (cpu->loaded_thread)
            vmx_ept_flush(&cpu->loaded_thread->part->vm.ept);
        __atomic_store_n(&cpu->flush, 0, __ATOMIC_RELEASE);
    }
}

void kernel_lock_wait(uint32_t ticket)
{
    while (__atomic_load_n(&kernel_lock.owner, __ATOMIC_ACQUIRE) != ticket) {
        smp_poll();
        x86_pause();
    }
}

// kernel_lock is held: nobody else waits here, and who waits for the lock serves the flush.
void space_flush(struct part *part)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST); // the tables are changed before who uses them is looked at
    for (unsigned i = 0; i < cpu_count; i++) {
        struct cpu *cpu = cpus[i];
        bool here = cpu == this_cpu();
        if (cpu->space != part && cpu->loaded_part != part)
            continue;
        __atomic_store_n(&cpu->flush, 1, __ATOMIC_RELEASE);
        if (here)
            smp_poll();
        else
            smp_kick(cpu);
    }
    for (unsigned i = 0; i < cpu_count; i++)
        while (__atomic_load_n(&cpus[i]->flush, __ATOMIC_ACQUIRE))
            x86_pause();
}

static bool start(struct cpu *cpu, uint64_t base)
{
    smp_stack = cpu;
    lapic_ipi(cpu->apic_id, APIC_MODE_INIT | APIC_ICR_ASSERT);
    wait_us(10000);
    for (unsigned tries = 0; tries < 2 && !cpu->online; tries++) {
        lapic_ipi(cpu->apic_id, APIC_MODE_STARTUP | APIC_ICR_ASSERT | (uint32_t)(base >> 12));
        for (unsigned i = 0; i < 1000 && !cpu->online; i++)
            wait_us(100);
    }
    return cpu->online;
}

void smp_main(void)
{
    struct cpu *cpu = this_cpu();

    if (cpu->given_up)
        x86_stop();
    cpu_start(cpu);
    lapic_start();
    init_cpu_vmx(cpu);
    __atomic_store_n(&cpu->online, 2, __ATOMIC_RELEASE);
    sched_resume();
}

void smp_init(const struct boot_info *boot)
{
    struct start_info *info = (void *)boot->root_info_va;

    for (unsigned i = 1; i < boot->cpu_count && i < MAX_CPUS && boot->smp_page; i++) {
        struct cpu *cpu = cpu_create(cpu_count, i, boot->cpu[i].apic_id);
        if (!start(cpu, boot->smp_page)) {
            cpu->given_up = true; // should it come after all
            sys_log("smp: CPU with APIC id %u does not answer: left out", boot->cpu[i].apic_id);
            continue;
        }
        while (cpu->online != 2)
            x86_pause();
        info->cpu[cpu_count++] = info->cpu[i];
    }
}
