// SPDX-License-Identifier: MIT
// Power off and reboot, by the ways that boot/ found.
#include <lib/string.h>
#include "log.h"
#include "memory.h"
#include "panic.h"

#define SLP_EN 0x2000u // ACPI 4.8.3.2, PM1 control: bits 12:10 SLP_TYP, 13 SLP_EN

static struct boot_power power;
static volatile uint8_t *reset_mmio;

void power_init(const struct boot_info *boot)
{
    power = boot->power;
    if (power.reset_space == 2)
        reset_mmio = ptab_map_device(power.reset_address, 1, PTE_PCD | PTE_PWT);
}

static void power_off(void)
{
    if (power.pm1a_cnt)
        x86_out16(power.pm1a_cnt, (uint16_t)(power.slp_typa << 10 | SLP_EN));
    if (power.pm1b_cnt)
        x86_out16(power.pm1b_cnt, (uint16_t)(power.slp_typb << 10 | SLP_EN));
}

static void reboot(void)
{
    struct x86_table none = { 0, 0 };

    if (power.reset_space == 1)
        x86_out8((uint16_t)power.reset_address, power.reset_value);
    if (reset_mmio)
        *reset_mmio = power.reset_value;
    x86_out8(0xcf9, 0x6); // chipsets of the PC's line
    x86_out8(0x64, 0xfe); // keyboard controller
    x86_lidt(&none);      // and what always works: a triple fault
    __asm__ volatile("ud2");
}

noreturn void power_end(uint64_t how)
{
    const char *text = how == 0 ? "bulkhead: end: poweroff\n" : "bulkhead: end: reboot\n";

    console_take_back();
    console_put(text, strlen(text));
    if (how == 0)
        power_off();
    else
        reboot();
    x86_stop();
}
