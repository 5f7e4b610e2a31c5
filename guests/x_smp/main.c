// SPDX-License-Identifier: MIT
// x_smp: several CPUs of one VM at once against those who serve it: instruction bytes and page tables
// that change while an access is decoded and walked, devices and local APICs used by all together,
// floods of interrupts, CPUs reset while they do all that.
#include <guest/apic.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/smp.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/time.h>
#include <guest/trap.h>

#define HOLE   0xd0000000ull
#define WINDOW BIT(40) // a page whose translation changes
#define FLOOD  0x60

static volatile bool stop;
static volatile uint64_t changes, sent, exits;
static uint64_t rounds;
static uint64_t code[512] __attribute__((aligned(4096))), pdpt[512] __attribute__((aligned(4096))),
    pd[512] __attribute__((aligned(4096))), pt[512] __attribute__((aligned(4096)));

static uint64_t next(uint64_t *state)
{
    return *state = *state * 6364136223846793005ull + 1442695040888963407ull, *state >> 33;
}

/* Accesses to (%rax), filled up with NOPs: load, store, widening, locked, string, immediate, and nonsense. */
static const uint64_t forms[] = {
    0x909090909090088b, 0x9090909090900889, 0x909090909008b60f, 0x9090909008c10ff0, 0x909090909090ad89,
    0x90000000550000c7, 0x909090ff2e2e2e66, 0x9090900810b10ff0, 0x9000000000088148,
};
#define FORMS (sizeof(forms) / sizeof(forms[0]))

/* Some stores tear on purpose. */
static void rewrite_code(void)
{
    uint64_t seed = smp_self();

    while (!stop) {
        uint64_t form = forms[next(&seed) % FORMS];
        if (next(&seed) & 1)
            *(volatile uint64_t *)code = form;
        else
            for (unsigned i = 0; i < 8; i++)
                ((volatile uint8_t *)code)[i] = (uint8_t)(form >> (8 * i));
        changes++;
    }
}

static void rewrite_tables(void)
{
    static const uint64_t to[] = {HOLE | 3, IOAPIC_BASE | 3, 0,                     BIT(35) | 3,
                                  BIT(51) | 3, 0x200003,    APIC_BASE_ADDRESS | 3, HOLE | 1};
    uint64_t seed = 7 + smp_self();

    while (!stop) {
        *(volatile uint64_t *)pt = to[next(&seed) % (sizeof(to) / sizeof(to[0]))];
        *(volatile uint64_t *)pd = next(&seed) % 8   ? (uint64_t)pt | PTE_KERNEL
                                   : next(&seed) % 2 ? 0
                                                     : HOLE | PTE_KERNEL;
        changes++;
    }
}

static void use_devices(void)
{
    uint64_t seed = 99 + smp_self();

    while (!stop) {
        uint32_t value = (uint32_t)next(&seed);
        ioapic_write((uint8_t)(0x10 + value % 48), IOAPIC_MASKED | value);
        outb(0x21, 0xff);
        outb(0xa1, 0xff);
        outb(0x43, (uint8_t)(value & 0x3f) | 0x80);
        outb(0x42, (uint8_t)value);
        inb(0x61);
        outb(0x70, 0x0a);
        inb(0x71);
        mmio_read(HOLE + (value & 0xffc));
        exits++;
    }
}

static void flood(void)
{
    uint64_t seed = 1234 + smp_self();

    while (!stop) {
        uint32_t value = (uint32_t)next(&seed);
        apic_icr((uint64_t)(value % smp_count()) << 32 | APIC_ICR_ASSERT | FLOOD | (value >> 8 & 15));
        sent++;
    }
}

static void on_flood(struct trap_frame *f)
{
    (void)f;
    apic_eoi();
}

static void others(smp_job *even, smp_job *odd)
{
    stop = false;
    for (unsigned cpu = 1; cpu < smp_count(); cpu++)
        smp_run(cpu, cpu & 1 ? odd : even);
}

static void join(const char *what)
{
    unsigned back = 0;

    stop = true;
    for (unsigned cpu = 1; cpu < smp_count(); cpu++)
        back += smp_join(cpu);
    check_eq(back, smp_count() - 1, "%s: CPUs that came back", what);
}

static unsigned try_code(uint64_t address)
{
    return TRY("call *%1", "a"(address), "r"(code), "c"(0), "d"(0));
}

/* What the bytes are when they are decoded need not be what the CPU ran. */
static void decode_race(void)
{
    uint64_t done = 0;

    for (unsigned i = 1; i < sizeof(code) / sizeof(code[0]); i++)
        code[i] = 0xc3c3c3c3c3c3c3c3; // RET, wherever a torn instruction ends
    others(rewrite_code, rewrite_code);
    for (uint64_t i = 0; i < rounds; i++)
        done += try_code(HOLE) == VEC_NONE;
    join("decode race");
    print("decode race: %lu changes, %lu accesses, %lu without a fault\n", changes, rounds, done);
}

/* Nor where the tables lead. */
static void walk_race(void)
{
    uint64_t done = 0;

    changes = 0;
    code[0] = forms[0];
    others(rewrite_tables, rewrite_tables);
    for (uint64_t i = 0; i < rounds; i++) {
        done += try_code(WINDOW) == VEC_NONE;
        invlpg(WINDOW);
    }
    join("walk race");
    print("walk race: %lu changes, %lu accesses, %lu without a fault\n", changes, rounds, done);
}

static void device_race(void)
{
    others(use_devices, flood);
    for (uint64_t i = 0; i < rounds; i++) {
        mmio_read(IOAPIC_BASE + 0x10);
        sti_window();
    }
    join("device race");
    print("device race: %lu rounds of devices, %lu messages\n", exits, sent);
}

/* The others are reset in the middle of exits and messages. */
static void init_storm(void)
{
    uint64_t inits = 0;

    for (uint64_t i = 0; i < rounds / 20; i++) {
        others(use_devices, flood);
        time_spin_us(20);
        for (unsigned cpu = 1; cpu < smp_count(); cpu++, inits++)
            smp_init_ipi(cpu);
        if (i % 4 == 0)
            for (unsigned cpu = 1; cpu < smp_count(); cpu++)
                smp_startup(cpu);
    }
    stop = true;
    unsigned back = 0;
    for (unsigned cpu = 1; cpu < smp_count(); cpu++)
        back += smp_start(cpu);
    check_eq(back, smp_count() - 1, "INIT storm: CPUs that start again");
    print("INIT storm: %lu resets\n", inits);
}

void guest_main(const char *cmdline)
{
    report_name("x_smp");
    rounds = text_value(cmdline, "rounds", 2000);
    time_init();
    apic_enable();
    for (unsigned vector = FLOOD; vector < FLOOD + 16; vector++)
        trap_set((uint8_t)vector, on_flood);
    page_pml4[2] = (uint64_t)pdpt | PTE_KERNEL;
    pdpt[0] = (uint64_t)pd | PTE_KERNEL;
    for (unsigned cpu = 1; cpu < smp_count(); cpu++)
        check(smp_start(cpu), "CPU %u starts", cpu);
    decode_race();
    walk_race();
    device_race();
    init_storm();
    if (text_has_word(cmdline, "reset")) {
        others(use_devices, flood);
        time_spin_us(100);
        outb(0xcf9, 6);
    }
    report_end();
}
