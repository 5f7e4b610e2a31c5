// SPDX-License-Identifier: MIT
// x_gpa: reads and writes guest-physical addresses outside its memory, up to the last one.
#include <guest/apic.h>
#include <guest/boot.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/trap.h>

#define WINDOW 0x10000000000ull /* PML4[2]: one GiB of any physical address */

static uint64_t window_pdpt[512] __attribute__((aligned(4096)));
static uint64_t window_pd[512] __attribute__((aligned(4096)));
static uint64_t not_ones, touched;

/* The 2 MiB page at `physical`, seen in the window. */
static uint64_t map(uint64_t physical)
{
    window_pd[0] = (physical & ~0x1fffffull) | PTE_KERNEL | PTE_LARGE;
    invlpg(WINDOW);
    return WINDOW + (physical & 0x1fffff);
}

static bool is_device(uint64_t physical)
{
    return physical < 0x100000 || (physical >= IOAPIC_BASE && physical < IOAPIC_BASE + 0x1000) ||
           (physical >= APIC_BASE_ADDRESS && physical < APIC_BASE_ADDRESS + 0x1000);
}

static void touch(uint64_t physical)
{
    uint64_t at = map(physical), value = 0;
    if (TRY("movq (%0), %%rax; movq %%rax, (%1)", "r"(at), "r"(&value)) == VEC_NONE)
        not_ones += value != ~0ull;
    TRY("movb $0x5a, (%0)", "r"(at));
    TRY("movl $0xdeadbeef, 4(%0)", "r"(at));
    TRY("lock incq 8(%0)", "r"(at));
    touched++;
}

static void sweep(uint64_t from, uint64_t to, uint64_t step)
{
    for (uint64_t at = from; at < to; at += step)
        if (!is_device(at))
            touch(at);
}

void guest_main(const char *cmdline)
{
    uint64_t end = boot_memory_end();
    unsigned bits = cpuid(0x80000008).eax & 0xff;
    (void)cmdline;
    report_name("x_gpa");
    page_pml4[2] = (uint64_t)window_pdpt | PTE_TABLE;
    window_pdpt[0] = (uint64_t)window_pd | PTE_TABLE;
    sweep(0xa0000, 0xc0000, 0x1000);
    touched = not_ones = 0; /* the VGA window may hold what is written */
    sweep(end, 0x100000000, 0x200000);
    sweep(end, end + 0x100000, 0x1000);
    sweep(0xfec00000, 0xff000000, 0x1000);
    sweep(0xfff00000, 0x100000000, 0x1000);
    for (uint64_t size = 0x100000000; size < BIT(bits); size <<= 1)
        for (unsigned i = 0; i < 8; i++)
            touch(size + size / 8 * i);
    touch(BIT(bits) - 0x200000);
    touch(BIT(bits) - 16);
    check_eq(not_ones, 0, "%lu addresses outside memory read all ones", touched);
}
