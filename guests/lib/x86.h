/* SPDX-License-Identifier: MIT */
/* One-instruction wrappers and the few architectural numbers that the guests need. */
#ifndef GUEST_X86_H
#define GUEST_X86_H

#include <stdbool.h>
#include <stdint.h>

#define BIT(n) (1ull << (n))

enum vector {
    VEC_DE, VEC_DB, VEC_NMI, VEC_BP, VEC_OF, VEC_BR, VEC_UD, VEC_NM, VEC_DF, VEC_CSO, VEC_TS,
    VEC_NP, VEC_SS, VEC_GP, VEC_PF, VEC_15, VEC_MF, VEC_AC, VEC_MC, VEC_XM, VEC_VE, VEC_CP,
    VEC_NONE = 256 /* nothing happened */
};

#define FLAG_CF BIT(0)
#define FLAG_TF BIT(8)
#define FLAG_IF BIT(9)
#define FLAG_RF BIT(16)
#define FLAG_VM BIT(17)

#define CR0_PE BIT(0)
#define CR0_MP BIT(1)
#define CR0_EM BIT(2)
#define CR0_TS BIT(3)
#define CR0_ET BIT(4)
#define CR0_NE BIT(5)
#define CR0_WP BIT(16)
#define CR0_AM BIT(18)
#define CR0_NW BIT(29)
#define CR0_CD BIT(30)
#define CR0_PG BIT(31)

#define CR4_VME        BIT(0)
#define CR4_TSD        BIT(2)
#define CR4_DE         BIT(3)
#define CR4_PAE        BIT(5)
#define CR4_PGE        BIT(7)
#define CR4_OSFXSR     BIT(9)
#define CR4_OSXMMEXCPT BIT(10)
#define CR4_UMIP       BIT(11)
#define CR4_LA57       BIT(12)
#define CR4_VMXE       BIT(13)
#define CR4_SMXE       BIT(14)
#define CR4_FSGSBASE   BIT(16)
#define CR4_PCIDE      BIT(17)
#define CR4_OSXSAVE    BIT(18)
#define CR4_SMEP       BIT(20)
#define CR4_SMAP       BIT(21)
#define CR4_PKE        BIT(22)

#define MSR_TSC          0x10
#define MSR_APIC_BASE    0x1b
#define MSR_FEATURE_CTL  0x3a
#define MSR_SYSENTER_CS  0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176
#define MSR_MISC_ENABLE  0x1a0
#define MSR_PAT          0x277
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_X2APIC       0x800
#define MSR_EFER         0xc0000080
#define MSR_STAR         0xc0000081
#define MSR_LSTAR        0xc0000082
#define MSR_CSTAR        0xc0000083
#define MSR_FMASK        0xc0000084
#define MSR_FS_BASE      0xc0000100
#define MSR_GS_BASE      0xc0000101
#define MSR_KERNEL_GS    0xc0000102
#define MSR_TSC_AUX      0xc0000103

#define EFER_SCE BIT(0)
#define EFER_LME BIT(8)
#define EFER_LMA BIT(10)
#define EFER_NXE BIT(11)

struct regs4 {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct regs4 cpuid_sub(uint32_t leaf, uint32_t subleaf)
{
    struct regs4 r;
    asm volatile("cpuid"
                 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                 : "0"(leaf), "2"(subleaf));
    return r;
}

static inline struct regs4 cpuid(uint32_t leaf)
{
    return cpuid_sub(leaf, 0);
}

static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t lo, hi;
    asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
    return (uint64_t)hi << 32 | lo;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
    asm volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

/* lfence keeps the CPU from reading the clock early */
static inline uint64_t rdtsc(void)
{
    uint32_t lo, hi;
    asm volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi)::"memory");
    return (uint64_t)hi << 32 | lo;
}

#define DEFINE_CR(name, reg)                                                                       \
    static inline uint64_t read_##name(void)                                                       \
    {                                                                                              \
        uint64_t v;                                                                                \
        asm volatile("mov %%" reg ", %0" : "=r"(v)::"memory");                                     \
        return v;                                                                                  \
    }                                                                                              \
    static inline void write_##name(uint64_t v)                                                    \
    {                                                                                              \
        asm volatile("mov %0, %%" reg ::"r"(v) : "memory");                                        \
    }
DEFINE_CR(cr0, "cr0")
DEFINE_CR(cr2, "cr2")
DEFINE_CR(cr3, "cr3")
DEFINE_CR(cr4, "cr4")
DEFINE_CR(cr8, "cr8")
DEFINE_CR(dr0, "dr0")
DEFINE_CR(dr1, "dr1")
DEFINE_CR(dr2, "dr2")
DEFINE_CR(dr3, "dr3")
DEFINE_CR(dr6, "dr6")
DEFINE_CR(dr7, "dr7")

#define DEFINE_PORT(name, type, suffix)                                                            \
    static inline type in##name(uint16_t port)                                                     \
    {                                                                                              \
        type v;                                                                                    \
        asm volatile("in" suffix " %1, %0" : "=a"(v) : "Nd"(port) : "memory");                     \
        return v;                                                                                  \
    }                                                                                              \
    static inline void out##name(uint16_t port, type v)                                            \
    {                                                                                              \
        asm volatile("out" suffix " %0, %1" ::"a"(v), "Nd"(port) : "memory");                      \
    }
DEFINE_PORT(b, uint8_t, "b")
DEFINE_PORT(w, uint16_t, "w")
DEFINE_PORT(l, uint32_t, "l")

static inline uint64_t read_flags(void)
{
    uint64_t v;
    asm volatile("pushfq; popq %0" : "=r"(v)::"memory");
    return v;
}

static inline void cli(void) { asm volatile("cli" ::: "memory"); }
static inline void sti(void) { asm volatile("sti" ::: "memory"); }
/* interrupts on for at least one instruction: sti alone has a shadow over the next one */
static inline void sti_window(void) { asm volatile("sti; nop; nop; cli" ::: "memory"); }
static inline void sti_hlt_cli(void) { asm volatile("sti; hlt; cli" ::: "memory"); }
static inline void pause(void) { asm volatile("pause" ::: "memory"); }
static inline void invlpg(uint64_t va) { asm volatile("invlpg (%0)" ::"r"(va) : "memory"); }

static inline uint64_t xgetbv(uint32_t reg)
{
    uint32_t lo, hi;
    asm volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(reg));
    return (uint64_t)hi << 32 | lo;
}

static inline void xsetbv(uint32_t reg, uint64_t value)
{
    asm volatile("xsetbv" ::"c"(reg), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

static inline uint32_t mmio_read(uint64_t address)
{
    uint32_t v;
    asm volatile("movl (%1), %0" : "=r"(v) : "r"(address) : "memory");
    return v;
}

static inline void mmio_write(uint64_t address, uint32_t v)
{
    asm volatile("movl %0, (%1)" ::"r"(v), "r"(address) : "memory");
}

#endif
