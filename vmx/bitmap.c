/* SPDX-License-Identifier: MIT */
/*
 * I/O and MSR bitmaps, computed from policy lists; what no list names exits and is denied
 * (SDM vol. 3, 24.6.4, 24.6.9).
 */
#include <hw/apic.h>
#include <hw/msr.h>
#include <lib/string.h>
#include "caps.h"
#include "vcpu.h"

struct vmx_bitmaps vmx_bitmaps;

#define PASS_READ  1u
#define PASS_WRITE 2u
#define PASS       3u

/*
 * MSRs that a guest reaches without an exit: either the VMCS switches them, or vmx_vcpu_load and
 * unload do. All other MSRs exit: exit_msr.c has the list of what happens then.
 */
static const struct pass { uint32_t msr, count, access; } pass_always[] = {
    {MSR_TSC, 1, PASS_READ}, /* TSC offsetting applies */
    {MSR_SYSENTER_CS, 3, PASS},
    {MSR_STAR, 4, PASS},
    {MSR_FS_BASE, 3, PASS}, /* GS_BASE and KERNEL_GS_BASE follow */
};

/* With x2APIC mode virtualised these come from the virtual-APIC page (29.5). */
static const struct pass pass_x2apic[] = {
    {APIC_MSR(APIC_ID), 2, PASS_READ},
    {APIC_MSR(APIC_TPR), 1, PASS},
    {APIC_MSR(APIC_PPR), 1, PASS_READ},
    {APIC_MSR(APIC_EOI), 1, PASS_WRITE},
    {APIC_MSR(APIC_LDR), 1, PASS_READ},
    {APIC_MSR(APIC_SVR), 1, PASS_READ},
    {APIC_MSR(APIC_ISR), 24, PASS_READ},
    {APIC_MSR(APIC_ESR), 1, PASS_READ},
    {APIC_MSR(APIC_ICR), 1, PASS_READ},
    {APIC_MSR(APIC_LVT_TIMER), 7, PASS_READ},
    {APIC_MSR(APIC_TIMER_DIVIDE), 1, PASS_READ},
    {APIC_MSR(APIC_SELF_IPI), 1, PASS_WRITE},
};

/* Four 1-KiB maps: reads low, reads high, writes low, writes high. */
static void bit_clear(uint8_t *map, uint32_t msr, bool write)
{
    uint32_t bit = (msr & 0x1fffu) + (msr >= 0xc0000000u ? 0x2000u : 0) + (write ? 0x4000u : 0);

    map[bit / 8] &= (uint8_t)~(1u << bit % 8);
}

static void pass_list(uint8_t *map, const struct pass *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (uint32_t n = 0; n < list[i].count; n++) {
            if (list[i].access & PASS_READ)
                bit_clear(map, list[i].msr + n, false);
            if (list[i].access & PASS_WRITE)
                bit_clear(map, list[i].msr + n, true);
        }
}

void vmx_bitmaps_init(void *io_a, void *io_b, void *msr, void *msr_x2apic)
{
    static const struct pass tsc_aux = {MSR_TSC_AUX, 1, PASS};

    memset(io_a, 0xff, PAGE_BYTES);
    memset(io_b, 0xff, PAGE_BYTES);
    memset(msr, 0xff, PAGE_BYTES);
    pass_list(msr, pass_always, sizeof(pass_always) / sizeof(pass_always[0]));
    if (caps_proc2(PROC2_RDTSCP))
        pass_list(msr, &tsc_aux, 1);
    memcpy(msr_x2apic, msr, PAGE_BYTES);
    pass_list(msr_x2apic, pass_x2apic, sizeof(pass_x2apic) / sizeof(pass_x2apic[0]));
    vmx_bitmaps = (struct vmx_bitmaps){
        .io_a = sys_page_hpa(io_a), .io_b = sys_page_hpa(io_b),
        .msr = sys_page_hpa(msr), .msr_x2apic = sys_page_hpa(msr_x2apic),
    };
}
