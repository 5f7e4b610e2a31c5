// SPDX-License-Identifier: MIT
// INS and OUTS in all widths and directions, with prefixes, across pages and through page faults.
#include "t_cpu.h"

#define SCRATCH 0x3ff /* UART register that holds what is written */
#define PCI_ADDRESS 0xcf8 /* holds a dword */
#define NOTHING 0x5f0     /* no device: reads all ones */

static uint8_t buffer[3 * 4096] __attribute__((aligned(4096)));

struct string_regs {
    uint64_t rcx, rsi, rdi;
};

#define STRING(insn, port, count, at)                                                              \
    ({                                                                                             \
        struct string_regs r_ = {(count), (uint64_t)(at), (uint64_t)(at)};                         \
        asm volatile(insn : "+c"(r_.rcx), "+S"(r_.rsi), "+D"(r_.rdi) : "d"(port) : "memory", "cc"); \
        r_;                                                                                        \
    })

static bool all(const uint8_t *at, unsigned bytes, uint8_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        if (at[i] != value)
            return false;
    return true;
}

static void single(void)
{
    memset(buffer, 0, sizeof(buffer));
    struct string_regs r;
    outb(SCRATCH, 0x5a);
    r = STRING("insb", SCRATCH, 7, buffer);
    check(buffer[0] == 0x5a && buffer[1] == 0, "INSB");
    check_eq(r.rdi, (uint64_t)buffer + 1, "INSB advances RDI");
    check_eq(r.rcx, 7, "INSB leaves RCX");
    buffer[8] = 0xa5;
    r = STRING("outsb", SCRATCH, 7, buffer + 8);
    check_eq(inb(SCRATCH), 0xa5, "OUTSB");
    check_eq(r.rsi, (uint64_t)buffer + 9, "OUTSB advances RSI");
    r = STRING("insw", NOTHING, 7, buffer + 16);
    check(all(buffer + 16, 2, 0xff) && buffer[18] == 0, "INSW");
    outl(PCI_ADDRESS, 0x80000800);
    r = STRING("insl", PCI_ADDRESS, 7, buffer + 32);
    check(*(uint32_t *)(buffer + 32) == 0x80000800 && buffer[36] == 0, "INSL");
    *(uint32_t *)(buffer + 64) = 0x80001000;
    r = STRING("outsl", PCI_ADDRESS, 7, buffer + 64);
    check_eq(inl(PCI_ADDRESS), 0x80001000, "OUTSL");
    outl(PCI_ADDRESS, 0);
}

static void repeated(void)
{
    struct string_regs r;
    memset(buffer, 0, sizeof(buffer));
    outb(SCRATCH, 0x3c);
    r = STRING("rep insb", SCRATCH, 100, buffer + 5);
    check(all(buffer + 5, 100, 0x3c) && buffer[4] == 0 && buffer[105] == 0, "REP INSB");
    check_eq(r.rcx, 0, "REP INSB ends with RCX 0");
    check_eq(r.rdi, (uint64_t)buffer + 105, "REP INSB advances RDI");
    r = STRING("rep insb", SCRATCH, 0, buffer);
    check(buffer[0] == 0 && r.rdi == (uint64_t)buffer, "REP INSB with RCX 0 does nothing");
    r = STRING("std; rep insb; cld", SCRATCH, 4, buffer + 203);
    check(all(buffer + 200, 4, 0x3c) && buffer[199] == 0 && buffer[204] == 0, "REP INSB downwards");
    check_eq(r.rdi, (uint64_t)buffer + 199, "RDI downwards");
    for (unsigned i = 0; i < 9; i++)
        buffer[300 + i] = (uint8_t)(i + 1);
    r = STRING("rep outsb", SCRATCH, 9, buffer + 300);
    check_eq(inb(SCRATCH), 9, "REP OUTSB writes the last byte last");
    check_eq(r.rsi, (uint64_t)buffer + 309, "REP OUTSB advances RSI");
    r = STRING("std; rep outsb; cld", SCRATCH, 9, buffer + 308);
    check_eq(inb(SCRATCH), 1, "REP OUTSB downwards");
    r = STRING("rep insl", PCI_ADDRESS, 5, buffer + 400);
    check(all(buffer + 400, 20, 0), "REP INSL");
    r = STRING("rep insw", NOTHING, 5, buffer + 400);
    check(all(buffer + 400, 10, 0xff) && buffer[410] == 0, "REP INSW");
    memset(buffer, 0, sizeof(buffer));
    outb(SCRATCH, 0x11);
    r = STRING("rep insb", SCRATCH, 8000, buffer + 100);
    check(all(buffer + 100, 8000, 0x11) && buffer[99] == 0 && buffer[8100] == 0, "REP INSB over three pages");
}

static void prefixes(void)
{
    uint64_t high = 0xabcd00000000, rcx = high | 4, rdi = high | (uint64_t)buffer, rsi;
    memset(buffer, 0, 64);
    outb(SCRATCH, 0x77);
    asm volatile(".byte 0xf3, 0x67, 0x6c" : "+c"(rcx), "+D"(rdi) : "d"(SCRATCH) : "memory");
    check(all(buffer, 4, 0x77) && buffer[4] == 0, "REP INSB with 32-bit addresses");
    check_eq(rdi, (uint64_t)buffer + 4, "its RDI");
    check_eq(rcx, 0, "its RCX");
    uint64_t old = rdmsr(MSR_FS_BASE);
    wrmsr(MSR_FS_BASE, (uint64_t)buffer);
    buffer[40] = 0x99;
    rsi = 40;
    asm volatile("outsb %%fs:(%%rsi), %%dx" : "+S"(rsi) : "d"(SCRATCH) : "memory");
    check_eq(inb(SCRATCH), 0x99, "OUTSB from FS");
    wrmsr(MSR_FS_BASE, old);
}

static volatile unsigned faults;
static uint64_t table[512] __attribute__((aligned(4096)));
static uint64_t fault_rcx, fault_at;

static void on_page(struct trap_frame *f)
{
    faults++;
    fault_rcx = f->rcx;
    fault_at = read_cr2();
    table[fault_at / 4096 % 512] |= PTE_PRESENT;
    invlpg(fault_at);
}

/* The middle page is absent: the iterations before it are done, the rest follows the handler. */
static void through_fault(void)
{
    uint64_t entry = (uint64_t)buffer / 0x200000, old = page_pd[entry];
    uint8_t *middle = buffer + 4096;
    for (unsigned i = 0; i < 512; i++)
        table[i] = (entry * 0x200000 + i * 4096) | PTE_KERNEL;
    table[(uint64_t)middle / 4096 % 512] &= ~(uint64_t)PTE_PRESENT;
    page_pd[entry] = (uint64_t)table | PTE_TABLE;
    memset(buffer, 0, 4096);
    write_cr3(read_cr3());
    trap_set(VEC_PF, on_page);
    outb(SCRATCH, 0x66);
    struct string_regs r = STRING("rep insb", SCRATCH, 32, middle - 16);
    check_eq(faults, 1, "REP INSB into an absent page: one #PF");
    check_eq(fault_at, (uint64_t)middle, "its CR2");
    check_eq(fault_rcx, 16, "RCX tells the iterations left");
    check(all(middle - 16, 32, 0x66) && r.rcx == 0, "REP INSB completes");
    table[(uint64_t)middle / 4096 % 512] &= ~(uint64_t)PTE_PRESENT;
    write_cr3(read_cr3());
    faults = 0;
    r = STRING("rep outsb", SCRATCH, 32, middle - 16);
    check_eq(faults, 1, "REP OUTSB from an absent page: one #PF");
    check_eq(fault_rcx, 16, "RCX tells the iterations left");
    check_eq(r.rsi, (uint64_t)middle + 16, "REP OUTSB completes");
    trap_set(VEC_PF, 0);
    page_pd[entry] = old;
    write_cr3(read_cr3());
}

static void bad_address(void)
{
    check_trap(TRY("insb", "d"(SCRATCH), "D"(0x800000000000)), VEC_GP, "INSB to a non-canonical address");
    check_trap(TRY("outsb", "d"(SCRATCH), "S"(0x800000000000)), VEC_GP, "OUTSB from a non-canonical address");
    check_trap(TRY("insb", "d"(SCRATCH), "D"(0x10000000000)), VEC_PF, "INSB to an absent page");
    check_eq(trap_last.error, 2, "its error code");
    check_eq(trap_last.cr2, 0x10000000000, "its CR2");
    check_trap(TRY("outsb", "d"(SCRATCH), "S"(0x10000000000)), VEC_PF, "OUTSB from an absent page");
    check_eq(trap_last.error, 0, "its error code");
}

void test_stringio(void)
{
    single();
    repeated();
    prefixes();
    through_fault();
    bad_address();
}
