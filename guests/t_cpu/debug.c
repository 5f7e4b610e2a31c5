// SPDX-License-Identifier: MIT
// Debug registers: values, aliases, general detect, and breakpoints on code, data and ports.
#include "t_cpu.h"

#define DR6_INIT 0xffff0ff0
#define DR7_INIT 0x400

static volatile unsigned hits;
static volatile uint64_t hit_rip, hit_dr6;

static void on_debug(struct trap_frame *f)
{
    hits++;
    hit_rip = f->rip;
    hit_dr6 = read_dr6();
    write_dr6(DR6_INIT);
    f->rflags |= FLAG_RF; /* go on behind a code breakpoint */
}

static void values(void)
{
    write_dr0(0x123456789abc);
    write_dr3(0xffff800000001234);
    check_eq(read_dr0(), 0x123456789abc, "DR0 holds an address");
    check_eq(read_dr3(), 0xffff800000001234, "DR3 holds an address");
    write_dr6(0);
    check_eq(read_dr6() & ~0x10800ull, DR6_INIT & ~0x10800ull, "DR6 reserved ones");
    write_dr6(DR6_INIT);
    write_dr7(0x300);
    check_eq(read_dr7(), 0x700, "DR7 bit 10 is one");
    write_dr7(DR7_INIT);
    check_trap(TRY("mov %0, %%dr6", "r"(BIT(32))), VEC_GP, "DR6 bit 32");
    check_trap(TRY("mov %0, %%dr7", "r"(BIT(40) | DR7_INIT)), VEC_GP, "DR7 bit 40");
    uint64_t v = read_cr4();
    write_cr4(v & ~CR4_DE);
    check_trap(TRY("mov %%dr4, %%rax", "c"(0)), VEC_NONE, "DR4 is DR6 without CR4.DE");
    write_cr4(v | CR4_DE);
    check_trap(TRY("mov %%dr4, %%rax", "c"(0)), VEC_UD, "DR4 with CR4.DE");
    write_cr4(v);
    write_dr7(DR7_INIT | BIT(13));
    check_trap(TRY("mov %%dr0, %%rax", "c"(0)), VEC_DB, "general detect");
    check_eq(trap_last.dr6 & BIT(13), BIT(13), "DR6.BD");
    check_eq(read_dr7() & BIT(13), 0, "DR7.GD is clear in the handler");
    write_dr6(DR6_INIT);
    write_dr7(DR7_INIT);
}

/* A breakpoint on an instruction that exits must come once each time, before it. */
static void code_case(const char *name, void (*run)(void), uint64_t at)
{
    hits = 0;
    write_dr0(at);
    write_dr7(DR7_INIT | 3);
    run();
    unsigned first = hits;
    uint64_t rip = hit_rip, dr6 = hit_dr6;
    run();
    write_dr7(DR7_INIT);
    check_eq(first, 1, "code breakpoint at %s", name);
    check_eq(hits, 2, "and once more the second time");
    check_eq(rip, at, "its rip");
    check_eq(dr6 & 0xf, 1, "its DR6");
}

extern const char bp_cpuid[], bp_in[], bp_rdmsr[], bp_mmio[], bp_cr0[], bp_cr4[];
void run_bp_cpuid(void);
void run_bp_in(void);
void run_bp_rdmsr(void);
void run_bp_mmio(void);
void run_bp_cr0(void);
void run_bp_cr4(void);

static void code(void)
{
    code_case("CPUID", run_bp_cpuid, (uint64_t)bp_cpuid);
    code_case("IN", run_bp_in, (uint64_t)bp_in);
    code_case("RDMSR", run_bp_rdmsr, (uint64_t)bp_rdmsr);
    code_case("an MMIO read", run_bp_mmio, (uint64_t)bp_mmio);
    code_case("MOV CR0", run_bp_cr0, (uint64_t)bp_cr0);
    code_case("MOV CR4", run_bp_cr4, (uint64_t)bp_cr4);
}

static void data(void)
{
    static volatile uint32_t cell;
    hits = 0;
    write_dr1((uint64_t)&cell);
    write_dr7(DR7_INIT | 3 << 2 | 0xdull << 20); /* 4 bytes, writes */
    uint32_t v = cell;
    check_eq(hits, 0, "a read does not hit a write breakpoint");
    cell = v + 1;
    check_eq(hits, 1, "a write hits it");
    check_eq(hit_dr6 & 0xf, 2, "DR6.B1");
    write_dr7(DR7_INIT);
}

static void ports(void)
{
    uint64_t v = read_cr4();
    hits = 0;
    write_cr4(v | CR4_DE);
    write_dr2(0x3ff); /* UART scratch register */
    write_dr7(DR7_INIT | 3 << 4 | 0x2ull << 24);
    outb(0x3ff, 1);
    check_eq(hits, 1, "an I/O breakpoint at OUT");
    check_eq(hit_dr6 & 0xf, 4, "DR6.B2");
    inb(0x3ff);
    check_eq(hits, 2, "an I/O breakpoint at IN");
    inb(0x71);
    check_eq(hits, 2, "no hit at another port");
    write_dr7(DR7_INIT);
    write_cr4(v);
}

void test_debug(void)
{
    values();
    trap_set(VEC_DB, on_debug);
    code();
    data();
    ports();
    trap_set(VEC_DB, 0);
}
