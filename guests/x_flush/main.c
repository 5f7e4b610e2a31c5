// SPDX-License-Identifier: MIT
// x_flush: caches and TLBs flushed as fast as they go, by every instruction that does it, and locked
// accesses across two cache lines.
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/trap.h>

#define CR4_TOGGLED CR4_PGE

static uint8_t area[65536] __attribute__((aligned(4096)));

static void caches(void)
{
    asm volatile("wbinvd" ::: "memory");
    for (unsigned i = 0; i < sizeof(area); i += 64)
        asm volatile("clflush (%0)" ::"r"(area + i) : "memory");
    for (unsigned i = 0; i < 64; i++)
        asm volatile("lock addl $1, (%0)" ::"r"(area + 4094) : "memory", "cc");
}

static void translations(void)
{
    for (unsigned i = 0; i < sizeof(area); i += 4096)
        invlpg((uint64_t)area + i);
    for (unsigned i = 0; i < 16; i++)
        write_cr3(read_cr3());
    write_cr4(read_cr4() ^ CR4_TOGGLED);
    write_cr4(read_cr4() ^ CR4_TOGGLED);
}

void guest_main(const char *cmdline)
{
    uint64_t rounds = text_value(cmdline, "rounds", 2000);

    report_name("x_flush");
    for (uint64_t i = 0; i < rounds; i++) {
        caches();
        translations();
    }
    check_eq(*(volatile uint32_t *)(void *)(area + 4094), rounds * 64 & 0xffffffff, "locked additions");
    print("flushed %lu times\n", rounds);
    report_end();
}
