// SPDX-License-Identifier: MIT
// x_random: executes random bytes in ring 3 and in ring 0 and goes on after whatever they raise.
#include <guest/apic.h>
#include <guest/boot.h>
#include <guest/pic.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/time.h>
#include <guest/trap.h>

#define BYTES 64
#define ARENA 0x1000000 /* 2 MiB of guest memory, of which only these pages are mapped: */
#define CODE  (ARENA + 0x8000)
#define STACK (ARENA + 0x10000) /* four pages */

static uint8_t *const code = (uint8_t *)CODE;
static uint64_t state, results[33];
static uint64_t arena_table[512] __attribute__((aligned(4096)));
static uint64_t user_pdpt[512] __attribute__((aligned(4096)));
static uint64_t user_pd[512] __attribute__((aligned(4096)));

void random_run(const void *code, void *stack); /* guard.S */

static uint32_t noise(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

/* Half of the time begin with something that is likely to make an exit. */
static void fill(void)
{
    static const uint8_t starts[][3] = {
        {0x0f, 0x20}, {0x0f, 0x22}, {0x0f, 0x21}, {0x0f, 0x23}, {0x0f, 0x30}, {0x0f, 0x32}, {0x0f, 0xa2},
        {0x0f, 0x01}, {0x0f, 0x00}, {0xe4}, {0xec}, {0xf3, 0x6c}, {0xf3, 0x6e}, {0x6d}, {0xcd}, {0x8e},
        {0x0f, 0xc7}, {0x0f, 0xae}, {0xff}, {0xcf}, {0x0f, 0x09}, {0xc5}, {0x62}, {0x66, 0x0f, 0x38},
        {0x0f, 0x33}, {0x0f, 0x05}, {0x0f, 0x34}, {0xf4}, {0x0f, 0x06}, {0x9d}, {0xa4}, {0xf3, 0xa5},
    };
    for (unsigned i = 0; i < 4096; i++)
        code[i] = i < BYTES ? (uint8_t)noise() : i % 2 ? 0x0b : 0x0f;
    if (noise() & 1)
        memcpy(code, starts[noise() % (sizeof(starts) / sizeof(starts[0]))], 2);
}

/* Leave only memory and the interrupt controllers, these for ring 0: wild pointers then fault. */
static void unmap(void)
{
    for (uint64_t i = boot_memory_end() >> 21; i < 2048; i++)
        page_pd[i] = i == IOAPIC_BASE >> 21 || i == APIC_BASE_ADDRESS >> 21 ? i << 21 | PTE_KERNEL | PTE_LARGE : 0;
    arena_table[8] = CODE | PTE_TABLE;
    for (unsigned i = 0; i < 4; i++)
        arena_table[16 + i] = (STACK + 4096 * i) | PTE_TABLE;
    page_pd[ARENA >> 21] = user_pd[ARENA >> 21] = (uint64_t)arena_table | PTE_TABLE;
    user_pdpt[0] = (uint64_t)user_pd | PTE_TABLE;
    page_pml4[1] = (uint64_t)user_pdpt | PTE_TABLE;
    write_cr3(read_cr3());
}

static void note(void)
{
    unsigned vector = trap_taken();
    results[vector < 32 ? vector : 32]++;
}

static void on_nmi(struct trap_frame *f)
{
    if (trap_resume)
        trap_catch(f);
}

/* The PIT pulls the CPU out of endless loops and of HLT with an NMI. */
static void watchdog(void)
{
    trap_set(VEC_NMI, on_nmi);
    pit_program(0, 2, PIT_CLOCK / 2000);
    ioapic_pin(2, APIC_MODE_NMI);
}

static void restore(void)
{
    static uint64_t cr0, cr4, efer;
    if (!cr0) {
        cr0 = read_cr0();
        cr4 = read_cr4();
        efer = rdmsr(MSR_EFER);
    }
    try_cr0(cr0);
    try_cr4(cr4);
    try_wrmsr(MSR_EFER, efer);
    write_dr7(0x400);
}

static void round(bool ring3)
{
    fill();
    if (ring3)
        trap_user(USER_ALIAS + CODE, USER_ALIAS + STACK + 8192);
    else
        random_run(code, (void *)(STACK + 8192));
    note();
    restore();
}

static void tell(const char *name)
{
    print("%s:", name);
    for (unsigned i = 0; i < 33; i++)
        if (results[i])
            print(" %u:%lu", i, results[i]);
    print("\n");
    memset(results, 0, sizeof(results));
}

void guest_main(const char *cmdline)
{
    uint64_t rounds = text_value(cmdline, "rounds", 3000);
    state = text_value(cmdline, "seed", 1) * 0x9e3779b97f4a7c15ull;
    report_name("x_random");
    trap_ist(VEC_NMI, 2);
    for (unsigned v = 0; v < 32; v++)
        if (v != VEC_NMI)
            trap_ist((uint8_t)v, v == VEC_DF ? 1 : 3);
    apic_enable();
    unmap();
    restore();
    watchdog();
    for (uint64_t i = 0; i < rounds; i++)
        round(true);
    tell("ring 3, vectors");
    /* Here the attacker may well end itself: the hypervisor must only not care. */
    for (uint64_t i = 0; i < rounds; i++) {
        round(false);
        if (i % 100 == 99)
            tell("ring 0, vectors");
    }
    check(true, "alive behind it");
}
