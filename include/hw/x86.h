/* SPDX-License-Identifier: MIT */
/* Control-register, flag and descriptor bits, and one-instruction wrappers (SDM vol. 3, chapters 2, 3 and 6). */
#ifndef HW_X86_H
#define HW_X86_H

#include <stdbool.h>
#include <stdint.h>

/* CR0 */
#define CR0_PE 0x00000001ull
#define CR0_MP 0x00000002ull
#define CR0_EM 0x00000004ull
#define CR0_TS 0x00000008ull
#define CR0_ET 0x00000010ull
#define CR0_NE 0x00000020ull
#define CR0_WP 0x00010000ull
#define CR0_AM 0x00040000ull
#define CR0_NW 0x20000000ull
#define CR0_CD 0x40000000ull
#define CR0_PG 0x80000000ull
#define CR0_DEFINED (CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | CR0_PG)

/* CR4 */
#define CR4_VME        (1ull << 0)
#define CR4_PVI        (1ull << 1)
#define CR4_TSD        (1ull << 2)
#define CR4_DE         (1ull << 3)
#define CR4_PSE        (1ull << 4)
#define CR4_PAE        (1ull << 5)
#define CR4_MCE        (1ull << 6)
#define CR4_PGE        (1ull << 7)
#define CR4_PCE        (1ull << 8)
#define CR4_OSFXSR     (1ull << 9)
#define CR4_OSXMMEXCPT (1ull << 10)
#define CR4_UMIP       (1ull << 11)
#define CR4_VMXE       (1ull << 13)
#define CR4_FSGSBASE   (1ull << 16)
#define CR4_PCIDE      (1ull << 17)
#define CR4_OSXSAVE    (1ull << 18)
#define CR4_SMEP       (1ull << 20)
#define CR4_SMAP       (1ull << 21)

/* XCR0 */
#define XCR0_X87       (1ull << 0)
#define XCR0_SSE       (1ull << 1)
#define XCR0_AVX       (1ull << 2)
#define XCR0_AVX512    (7ull << 5) /* opmask, upper halves of ZMM0-15, ZMM16-31: all or none */

/* IA32_EFER */
#define EFER_SCE 0x001ull
#define EFER_LME 0x100ull
#define EFER_LMA 0x400ull
#define EFER_NXE 0x800ull

/* RFLAGS */
#define RFLAGS_ONE  0x00000002ull /* always 1 */
#define RFLAGS_TF   0x00000100ull
#define RFLAGS_IF   0x00000200ull
#define RFLAGS_RF   0x00010000ull
#define RFLAGS_VM   0x00020000ull
#define RFLAGS_AC   0x00040000ull
#define RFLAGS_DEFINED 0x003f7fd7ull

/* Exception vectors */
enum {
    X86_DE = 0, X86_DB = 1, X86_NMI = 2, X86_BP = 3, X86_OF = 4, X86_UD = 6, X86_NM = 7, X86_DF = 8, X86_TS = 10,
    X86_NP = 11, X86_SS = 12, X86_GP = 13, X86_PF = 14, X86_AC = 17, X86_MC = 18
};

/* DR6, DR7 (SDM vol. 3, 17.2) */
#define DR6_INIT 0xffff0ff0ull
#define DR7_INIT 0x00000400ull
#define DR7_GD   0x00002000ull

/* Page-table entry bits */
#define PTE_P   0x001ull
#define PTE_W   0x002ull
#define PTE_U   0x004ull
#define PTE_PWT 0x008ull
#define PTE_PCD 0x010ull
#define PTE_PS  0x080ull
#define PTE_G   0x100ull
#define PTE_NX  (1ull << 63)

struct x86_table { /* operand of LGDT, LIDT, SGDT, SIDT */
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

struct x86_gate { /* 64-bit IDT gate, SDM vol. 3 figure 6-8 */
    uint16_t offset_low, selector;
    uint8_t ist, type; /* type: 0x8e interrupt gate, 0xee the same with DPL 3 */
    uint16_t offset_mid;
    uint32_t offset_high, reserved;
};

struct x86_tss { /* 64-bit TSS, SDM vol. 3 figure 8-11 */
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7]; /* ist[0] is IST1 */
    uint64_t reserved2;
    uint16_t reserved3, io_map;
} __attribute__((packed));
_Static_assert(sizeof(struct x86_table) == 10, "layout");
_Static_assert(sizeof(struct x86_gate) == 16, "layout");
_Static_assert(sizeof(struct x86_tss) == 104, "layout");

static inline uint64_t x86_rdmsr(uint32_t msr)
{
    uint32_t lo, hi;
    __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
    return (uint64_t)hi << 32 | lo;
}

static inline void x86_wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "a"((uint32_t)value), "d"((uint32_t)(value >> 32)), "c"(msr) : "memory");
}

#define X86_REGISTER(name)                                                                         \
    static inline uint64_t x86_read_##name(void)                                                   \
    {                                                                                              \
        uint64_t value;                                                                            \
        __asm__ volatile("mov %%" #name ", %0" : "=r"(value) : : "memory");                         \
        return value;                                                                              \
    }                                                                                              \
    static inline void x86_write_##name(uint64_t value)                                            \
    {                                                                                              \
        __asm__ volatile("mov %0, %%" #name : : "r"(value) : "memory");                             \
    }
X86_REGISTER(cr0)
X86_REGISTER(cr2)
X86_REGISTER(cr3)
X86_REGISTER(cr4)
X86_REGISTER(dr0)
X86_REGISTER(dr1)
X86_REGISTER(dr2)
X86_REGISTER(dr3)
X86_REGISTER(dr6)
#undef X86_REGISTER

static inline uint64_t x86_rdtsc(void)
{
    uint64_t lo, hi; /* it clears the upper halves */
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return hi << 32 | lo;
}

struct x86_cpuid {
    uint32_t a, b, c, d;
};

static inline struct x86_cpuid x86_cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct x86_cpuid r;
    __asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(subleaf));
    return r;
}

static inline void x86_xsetbv(uint32_t index, uint64_t value)
{
    __asm__ volatile("xsetbv" : : "c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

#define X86_PORT(bits, suffix)                                                                     \
    static inline uint##bits##_t x86_in##bits(uint16_t port)                                       \
    {                                                                                              \
        uint##bits##_t value;                                                                      \
        __asm__ volatile("in" suffix " %1, %0" : "=a"(value) : "Nd"(port));                        \
        return value;                                                                              \
    }                                                                                              \
    static inline void x86_out##bits(uint16_t port, uint##bits##_t value)                          \
    {                                                                                              \
        __asm__ volatile("out" suffix " %0, %1" : : "a"(value), "Nd"(port));                       \
    }
X86_PORT(8, "b")
X86_PORT(16, "w")
X86_PORT(32, "l")
#undef X86_PORT

static inline void x86_clear_segments(void)
{
    __asm__ volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %0, %%gs" : : "r"(0));
}
static inline void x86_lgdt(const struct x86_table *table) { __asm__ volatile("lgdt %0" : : "m"(*table)); }
static inline void x86_lidt(const struct x86_table *table) { __asm__ volatile("lidt %0" : : "m"(*table)); }
static inline void x86_ltr(uint16_t selector) { __asm__ volatile("ltr %0" : : "r"(selector) : "memory"); }
static inline void x86_invlpg(uint64_t va) { __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory"); }
static inline void x86_pause(void) { __asm__ volatile("pause"); }
static inline _Noreturn void x86_stop(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}

/* Address that a 64-bit CPU with 48-bit linear addresses accepts. */
static inline bool x86_canonical(uint64_t address)
{
    return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

static inline void x86_mfence(void) { __asm__ volatile("mfence" : : : "memory"); }

static inline void x86_fxsave(void *area) { __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory"); }
static inline void x86_fxrstor(const void *area) { __asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory"); }

static inline void x86_xsave(void *area, uint64_t mask)
{
    __asm__ volatile("xsave64 (%0)" : : "r"(area), "a"((uint32_t)mask), "d"((uint32_t)(mask >> 32)) : "memory");
}

static inline void x86_xrstor(const void *area, uint64_t mask)
{
    __asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"((uint32_t)mask), "d"((uint32_t)(mask >> 32)) : "memory");
}

/* VMX instructions; bool: true = done (SDM vol. 3, 30.2: CF = VMfailInvalid, ZF = VMfailValid). */
#define X86_VMX_POINTER(name)                                                                      \
    static inline bool x86_##name(uint64_t hpa)                                                    \
    {                                                                                              \
        bool ok;                                                                                   \
        __asm__ volatile(#name " %1" : "=@cca"(ok) : "m"(hpa) : "memory");                         \
        return ok;                                                                                 \
    }
X86_VMX_POINTER(vmxon)
X86_VMX_POINTER(vmclear)
X86_VMX_POINTER(vmptrld)
#undef X86_VMX_POINTER

/* The current VMCS, ~0 = none. */
static inline uint64_t x86_vmptrst(void)
{
    uint64_t hpa;
    __asm__ volatile("vmptrst %0" : "=m"(hpa) : : "cc", "memory");
    return hpa;
}

static inline uint64_t x86_vmread(uint64_t field)
{
    uint64_t value;
    __asm__ volatile("vmread %1, %0" : "=r"(value) : "r"(field) : "cc", "memory");
    return value;
}

/* A field that the CPU may not have: false, and *value is 0. */
static inline bool x86_vmread_try(uint64_t field, uint64_t *value)
{
    bool ok;
    *value = 0;
    __asm__ volatile("vmread %2, %1" : "=@cca"(ok), "+r"(*value) : "r"(field) : "memory");
    return ok;
}

static inline void x86_vmwrite(uint64_t field, uint64_t value)
{
    __asm__ volatile("vmwrite %1, %0" : : "r"(field), "rm"(value) : "cc", "memory");
}

struct x86_inv { /* descriptor of INVEPT (EPTP, 0) and INVVPID (VPID, linear address) */
    uint64_t what, address;
};

#define X86_INVALIDATE(name)                                                                       \
    static inline bool x86_##name(uint64_t type, const struct x86_inv *d)                          \
    {                                                                                              \
        bool ok;                                                                                   \
        __asm__ volatile(#name " %1, %2" : "=@cca"(ok) : "m"(*d), "r"(type) : "memory");           \
        return ok;                                                                                 \
    }
X86_INVALIDATE(invept)
X86_INVALIDATE(invvpid)
#undef X86_INVALIDATE

#endif
