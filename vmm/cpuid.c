/* SPDX-License-Identifier: MIT */
/* The guest's CPUID table (SDM vol. 2, CPUID; leaves 0x40000000 as KVM documents them). */
#include <stdbool.h>
#include <string.h>
#include <abi/guest.h>
#include "cpuid.h"

#define BIT(n) (1u << (n))

#define MAX_BASIC    0x16u
#define MAX_EXTENDED 0x80000008u

/* leaf 1 ECX: SSE3 PCLMULQDQ SSSE3 FMA CX16 PCID SSE4.1 SSE4.2 MOVBE POPCNT AES XSAVE AVX F16C RDRAND */
#define LEAF1_ECX (BIT(0) | BIT(1) | BIT(9) | BIT(12) | BIT(13) | BIT(17) | BIT(19) | BIT(20) | BIT(22) | \
                   BIT(23) | BIT(25) | BIT(26) | BIT(28) | BIT(29) | BIT(30))
#define LEAF1_ECX_X2APIC       BIT(21)
#define LEAF1_ECX_TSC_DEADLINE BIT(24)
#define LEAF1_ECX_HYPERVISOR   BIT(31)
#define LEAF1_ECX_XSAVE        BIT(26)
/* leaf 1 EDX: FPU VME DE PSE TSC MSR PAE MCE CX8 APIC SEP MTRR PGE MCA CMOV PAT PSE36 CLFSH MMX FXSR SSE SSE2 */
#define LEAF1_EDX 0x078bfbffu
#define LEAF1_EDX_HTT BIT(28) /* several APIC ids in the package */
/* leaf 7 EBX: FSGSBASE BMI1 AVX2 FDP SMEP BMI2 ERMS INVPCID FCS AVX512F/DQ RDSEED ADX SMAP IFMA CLFLUSHOPT
 * CLWB AVX512PF/ER/CD SHA AVX512BW/VL */
#define LEAF7_EBX (BIT(0) | BIT(3) | BIT(5) | BIT(6) | BIT(7) | BIT(8) | BIT(9) | BIT(10) | BIT(13) | BIT(16) | \
                   BIT(17) | BIT(18) | BIT(19) | BIT(20) | BIT(21) | BIT(23) | BIT(24) | BIT(26) | BIT(27) |     \
                   BIT(28) | BIT(29) | BIT(30) | BIT(31))
/* Ours, whatever the host has. Linux trusts an invariant TSC that has it, and does not hold it
 * against timers, which come late to a guest that shares its CPU. */
#define LEAF7_EBX_TSC_ADJUST BIT(1)
#define LEAF7_EBX_AVX512 (BIT(16) | BIT(17) | BIT(21) | BIT(26) | BIT(27) | BIT(28) | BIT(30) | BIT(31))
/* leaf 7 ECX: PREFETCHWT1 VBMI UMIP VBMI2 GFNI VAES VPCLMULQDQ VNNI BITALG VPOPCNTDQ RDPID CLDEMOTE MOVDIRI */
#define LEAF7_ECX (BIT(0) | BIT(1) | BIT(2) | BIT(6) | BIT(8) | BIT(9) | BIT(10) | BIT(11) | BIT(12) | BIT(14) | \
                   BIT(22) | BIT(25) | BIT(27))
/* leaf 7 EDX: AVX512_4VNNIW AVX512_4FMAPS FSRM VP2INTERSECT MD_CLEAR SERIALIZE */
#define LEAF7_EDX (BIT(2) | BIT(3) | BIT(4) | BIT(8) | BIT(10) | BIT(14))
#define LEAF7_1_EAX (BIT(4) | BIT(5) | BIT(10) | BIT(11) | BIT(12)) /* AVX-VNNI BF16 FZRM FSRS FSRC */
#define EXT1_ECX (BIT(0) | BIT(5) | BIT(8))                         /* LAHF LZCNT PREFETCHW */
#define EXT1_EDX (BIT(11) | BIT(20) | BIT(26) | BIT(27) | BIT(29))  /* SYSCALL NX 1G RDTSCP LM */

#define XCR0_OFFERED 0xe7u    /* x87 SSE AVX AVX-512 */
#define LEAF0D_1_EAX 0x7u     /* XSAVEOPT XSAVEC XGETBV1; no XSAVES, so no IA32_XSS */
#define LEAF06_ARAT  BIT(2)
#define EXT7_INVARIANT_TSC BIT(8)
#define LINEAR_BITS  48u

static struct cpuid_regs host(const struct cpuid_source *source, uint32_t leaf, uint32_t subleaf)
{
    return source->read(source->ctx, leaf, subleaf);
}

/* APIC-id bits that number the cores. */
static unsigned core_bits(unsigned cpus)
{
    unsigned bits = 0;

    while (1u << bits < cpus)
        bits++;
    return bits;
}

static void add_sub(struct cpuid_page *page, uint32_t leaf, uint32_t subleaf, struct cpuid_regs regs)
{
    if (page->sub_count >= CPUID_SUBLEAF)
        return;
    page->has_sub |= BIT(leaf);
    page->sub[page->sub_count++] = (struct cpuid_sub){ leaf, subleaf, regs };
}

static void build_features(struct cpuid_page *page, const struct cpuid_source *source)
{
    struct cpuid_regs r = host(source, 1, 0);

    r.ebx = (r.ebx & 0xffff) | 1u << (16 + core_bits(source->cpus)); /* APIC ids of the package */
    r.ecx = (r.ecx & LEAF1_ECX) | LEAF1_ECX_X2APIC | LEAF1_ECX_TSC_DEADLINE | LEAF1_ECX_HYPERVISOR;
    r.edx = (r.edx & LEAF1_EDX) | (source->cpus > 1 ? LEAF1_EDX_HTT : 0);
    if (!(r.ecx & LEAF1_ECX_XSAVE))
        r.ecx &= ~(BIT(28) | BIT(12) | BIT(29)); /* AVX, FMA, F16C need it */
    page->basic[1] = r;
}

static void build_caches(struct cpuid_page *page, const struct cpuid_source *source)
{
    for (uint32_t i = 0; i < 8; i++) {
        struct cpuid_regs r = host(source, 4, i);

        uint32_t others = (1u << core_bits(source->cpus)) - 1;

        /* Cores of one thread; the third level is the package's, the others a core's own. */
        r.eax = (r.eax & 0x00003fffu) | others << 26 | ((r.eax >> 5 & 7) >= 3 ? others << 14 : 0);
        add_sub(page, 4, i, r);
        if ((r.eax & 0x1f) == 0)
            break;
    }
}

/* What of XCR0 the guest may set; AVX-512 comes with all its three parts or not at all. */
static uint32_t offered_xcr0(const struct cpuid_page *page, const struct cpuid_source *source)
{
    uint32_t mask;

    if (!(page->basic[1].ecx & LEAF1_ECX_XSAVE))
        return 0;
    mask = host(source, 0xd, 0).eax & XCR0_OFFERED;
    if ((mask & 0xe4) != 0xe4)
        mask &= 0x07;
    return mask;
}

static void build_structured(struct cpuid_page *page, const struct cpuid_source *source)
{
    struct cpuid_regs r = host(source, 7, 0);
    struct cpuid_regs r1 = host(source, 7, 1);
    bool has_1 = r.eax >= 1;

    r.eax = has_1 ? 1 : 0;
    r.ebx = (r.ebx & LEAF7_EBX) | LEAF7_EBX_TSC_ADJUST;
    r.ecx &= LEAF7_ECX;
    r.edx &= LEAF7_EDX;
    if ((offered_xcr0(page, source) & 0xe0) != 0xe0) {
        r.ebx &= ~LEAF7_EBX_AVX512;
        r.ecx &= ~(BIT(1) | BIT(6) | BIT(11) | BIT(12) | BIT(14));
        r.edx &= ~(BIT(2) | BIT(3) | BIT(8));
        r1.eax &= ~BIT(5);
    }
    if (!(r.ebx & BIT(10)))
        page->basic[1].ecx &= ~BIT(17); /* PCID is of use with INVPCID only */
    add_sub(page, 7, 0, r);
    if (has_1)
        add_sub(page, 7, 1, (struct cpuid_regs){ .eax = r1.eax & LEAF7_1_EAX });
}

static void build_topology(struct cpuid_page *page, unsigned cpus)
{
    add_sub(page, 0xb, 0, (struct cpuid_regs){ 0, 1, 0x100, 0 });
    add_sub(page, 0xb, 1, (struct cpuid_regs){ core_bits(cpus), cpus, 0x201, 0 });
    add_sub(page, 0xb, 2, (struct cpuid_regs){ 0, 0, 2, 0 });
}

static void build_xsave(struct cpuid_page *page, const struct cpuid_source *source)
{
    uint32_t mask = offered_xcr0(page, source);
    uint32_t bytes = 576; /* legacy area and header */

    if (mask == 0)
        return;
    for (uint32_t i = 2; i < 8; i++) {
        struct cpuid_regs r = host(source, 0xd, i);

        if (!(mask & BIT(i)))
            continue;
        r.ecx &= 2; /* alignment in the compacted format; nothing is supervisor state */
        r.edx = 0;
        add_sub(page, 0xd, i, r);
        if (r.ebx + r.eax > bytes)
            bytes = r.ebx + r.eax;
    }
    add_sub(page, 0xd, 0, (struct cpuid_regs){ mask, bytes, bytes, 0 });
    add_sub(page, 0xd, 1, (struct cpuid_regs){ host(source, 0xd, 1).eax & LEAF0D_1_EAX, bytes, 0, 0 });
}

/* Leaves 0x15 and 0x16: crystal and TSC are one clock, so no system needs to calibrate. */
static void build_frequency(struct cpuid_page *page, uint64_t tsc_hz)
{
    uint32_t mhz = (uint32_t)((tsc_hz + 500000) / 1000000);

    if (tsc_hz == 0 || tsc_hz > UINT32_MAX)
        return;
    page->basic[0x15] = (struct cpuid_regs){ 1, 1, (uint32_t)tsc_hz, 0 };
    page->basic[0x16] = (struct cpuid_regs){ mhz, mhz, 100, 0 };
}

static void build_extended(struct cpuid_page *page, const struct cpuid_source *source)
{
    uint32_t max = host(source, 0x80000000, 0).eax;
    struct cpuid_regs r;

    page->max_extended = max < MAX_EXTENDED ? max : MAX_EXTENDED;
    page->extended[0].eax = page->max_extended;
    for (uint32_t i = 2; i <= 4; i++)
        page->extended[i] = host(source, 0x80000000 + i, 0);
    r = host(source, 0x80000001, 0);
    page->extended[1] = (struct cpuid_regs){ 0, 0, r.ecx & EXT1_ECX, r.edx & EXT1_EDX };
    page->extended[6].ecx = host(source, 0x80000006, 0).ecx;
    if (max >= 0x80000007)
        page->extended[7].edx = host(source, 0x80000007, 0).edx & EXT7_INVARIANT_TSC;
    page->extended[8].eax = (host(source, 0x80000008, 0).eax & 0xff) | LINEAR_BITS << 8;
}

static void build_virtual(struct cpuid_page *page)
{
    page->max_virtual = GUEST_CPUID_FEATURES;
    /* "KVMKVMKVM\0\0\0": what unmodified kernels know as a hypervisor that vouches for x2APIC */
    page->virtual[0] = (struct cpuid_regs){ GUEST_CPUID_FEATURES, 0x4b4d564b, 0x564b4d56, 0x4d };
    page->virtual[1].eax = GUEST_FEATURE_NOP_IO_DELAY;
}

void cpuid_build(struct cpuid_page *page, const struct cpuid_source *source)
{
    memset(page, 0, sizeof(*page));
    page->max_basic = MAX_BASIC;
    page->basic[0] = host(source, 0, 0);
    page->basic[0].eax = MAX_BASIC;
    build_features(page, source);
    page->basic[2] = host(source, 2, 0);
    build_caches(page, source);
    page->basic[6].eax = LEAF06_ARAT;
    build_structured(page, source);
    build_topology(page, source->cpus);
    build_xsave(page, source);
    build_frequency(page, source->tsc_hz);
    build_extended(page, source);
    build_virtual(page);
}

unsigned cpuid_phys_bits(const struct cpuid_page *page)
{
    unsigned bits = page->extended[8].eax & 0xff;

    return bits >= 32 && bits <= 52 ? bits : 36;
}
