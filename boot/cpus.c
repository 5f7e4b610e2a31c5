/* SPDX-License-Identifier: MIT */
/*
 * CPUs: what each must have, and which there are. Where ACPI listed none, firmware's MP services
 * (PI specification 1.7, volume 2, 13.4) know them; where these are missing too, there is one.
 */
#include <hw/cpuid.h>

#include "boot.h"
#include "io.h"

#define MP_SERVICES_GUID                                   \
    {                                                      \
        0x3fdda605, 0xa76e, 0x4f46,                        \
        {                                                  \
            0xad, 0x29, 0x12, 0xf4, 0x53, 0x1b, 0x3d, 0x08 \
        }                                                  \
    }

#define MP_ENABLED 2u

struct mp_processor {
    UINT64 apic_id;
    UINT32 status;
    UINT32 location[3 + 6];
};

struct mp_services {
    EFI_STATUS(EFIAPI *count)(struct mp_services *self, UINTN *all, UINTN *enabled);
    EFI_STATUS(EFIAPI *info)(struct mp_services *self, UINTN index, struct mp_processor *out);
};

#define CPUID_1_EDX_SEP       (1u << 11)
#define CPUID_80000001_EDX_NX (1u << 20)
#define CR4_LA57              (1ull << 12)

void cpu_require(void)
{
    BOOLEAN nx = cpuid(0x80000000, 0).eax >= 0x80000001 &&
                 (cpuid(0x80000001, 0).edx & CPUID_80000001_EDX_NX);

    if (!nx)
        fail(EFI_UNSUPPORTED,
             "this CPU has no NX (execute disable): memory could not be "
             "kept from being executed; if it is a firmware setting, switch it on");
    /* AMD's CPUs have it outside of long mode only: "Auth"enticAMD, "Hygo"nGenuine. */
    uint32_t vendor = cpuid(0, 0).ebx;
    if (!(cpuid(1, 0).edx & CPUID_1_EDX_SEP) || vendor == 0x68747541 || vendor == 0x6f677948)
        fail(EFI_UNSUPPORTED, "this CPU has no SYSENTER in 64-bit mode, which system calls need (Intel's have)");
    if (read_cr4() & CR4_LA57)
        fail(EFI_UNSUPPORTED, "firmware runs with 5-level paging; switch it off there");
}

/* Protections that the kernel switches on wherever they are, and what is lost without. */
void cpu_describe(void)
{
    struct cpuid has = cpuid(0, 0).eax < 7 ? (struct cpuid){ 0 } : cpuid(7, 0);

    if (!(has.ebx & CPUID_7B_SMEP))
        say("cpu: no SMEP: a jump of ring 0 into user memory would not be stopped");
    if (!(has.ebx & CPUID_7B_SMAP))
        say("cpu: no SMAP: a stray access of ring 0 to user memory would not be stopped");
    if (!(has.ecx & CPUID_7C_UMIP))
        say("cpu: no UMIP: ring 3 can read descriptor-table addresses");
}

static uint32_t own_apic_id(void)
{
    if (cpuid(0, 0).eax >= 0xb && cpuid(0xb, 0).ebx != 0)
        return cpuid(0xb, 0).edx;
    return cpuid(1, 0).ebx >> 24;
}

static void ask_mp_services(struct boot_info *info)
{
    EFI_GUID guid = MP_SERVICES_GUID;
    struct mp_services *mp;
    struct mp_processor p;
    UINTN all, enabled;

    if (EFI_ERROR(SERVICES->LocateProtocol(&guid, NULL, (void **)&mp)) ||
        EFI_ERROR(mp->count(mp, &all, &enabled)))
        return;
    for (UINTN i = 0; i < all && info->cpu_count < BOOT_MAX_CPUS; i++)
        if (!EFI_ERROR(mp->info(mp, i, &p)) && (p.status & MP_ENABLED))
            info->cpu[info->cpu_count++].apic_id = (uint32_t)p.apic_id;
}

/* The CPU that runs this comes first, whatever the tables' order. */
static void own_first(struct boot_info *info)
{
    uint32_t own = own_apic_id(), at = 0;

    while (at < info->cpu_count && info->cpu[at].apic_id != own)
        at++;
    if (at == info->cpu_count) {
        at = info->cpu_count < BOOT_MAX_CPUS ? info->cpu_count++ : BOOT_MAX_CPUS - 1;
        info->cpu[at].apic_id = own;
    }
    for (; at != 0; at--)
        info->cpu[at] = info->cpu[at - 1];
    info->cpu[0] = (struct boot_cpu){ own, BOOT_CPU_BSP };
}

void cpus_find(struct boot_info *info)
{
    const char *source = "ACPI";

    if (info->cpu_count == 0) {
        source = "MP services";
        ask_mp_services(info);
    }
    if (info->cpu_count == 0)
        source = "no list of CPUs";
    own_first(info);
    say("%u CPU%s (%s), %u I/O APIC%s", info->cpu_count, info->cpu_count == 1 ? "" : "s", source,
        info->ioapic_count, info->ioapic_count == 1 ? "" : "s");
}
