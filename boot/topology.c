/* SPDX-License-Identifier: MIT */
/*
 * Which CPUs are hyper-threads of one core (CPUID leaves 0x1f, 0xb; SDM vol. 3, 9.9.2), and which are near
 * each other (ACPI's SRAT). Root plans by it; the kernel does not need to know.
 */
#include "boot.h"
#include "io.h"

#define LEVEL_THREADS 1u

/* Low bits of an APIC id that tell the hyper-threads of a core apart; every CPU with EPT has one of the leaves. */
static uint32_t thread_bits(void)
{
    uint32_t most = cpuid(0, 0).eax;

    for (uint32_t leaf = 0x1f; leaf >= 0xb; leaf -= 0x1f - 0xb) {
        struct cpuid level = most >= leaf ? cpuid(leaf, 0) : (struct cpuid){ 0 };

        if (level.ebx == 0)
            continue;
        /* One logical CPU at this level: whatever the shift says (emulators say 1), nothing is to be told apart. */
        return (level.ecx >> 8 & 0xff) == LEVEL_THREADS && (level.ebx & 0xffff) > 1 ? level.eax & 31 : 0;
    }
    return 0;
}

void topology_find(struct boot_info *info)
{
    struct start_cpu *cpu = memory_root_info(info)->cpu;
    uint32_t bits = thread_bits(), cores = 0;

    for (uint32_t i = 0; i < info->cpu_count; i++) {
        uint32_t first = 0;

        while (info->cpu[first].apic_id >> bits != info->cpu[i].apic_id >> bits)
            first++;
        cores += first == i;
        cpu[i] = (struct start_cpu){ .core = (uint16_t)first,
                                     .node = (uint8_t)acpi_srat_node(&acpi_srat, info->cpu[i].apic_id) };
    }
    if (cores != info->cpu_count)
        say("hyper-threads: %u CPUs are %u cores", info->cpu_count, cores);
    if (acpi_srat.node_count > 1)
        say("%u NUMA nodes", acpi_srat.node_count);
}
