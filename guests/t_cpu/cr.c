// SPDX-License-Identifier: MIT
// Control registers: reserved bits, forbidden combinations, and bits that follow CPUID.
#include "t_cpu.h"

static void cr0(void)
{
    uint64_t v = read_cr0();
    for (unsigned bit = 32; bit < 64; bit += 5)
        check_trap(try_cr0(v | BIT(bit)), VEC_GP, "CR0 bit %u", bit);
    check_trap(try_cr0(v & ~CR0_PE), VEC_GP, "CR0.PG without PE");
    check_trap(try_cr0((v | CR0_NW) & ~CR0_CD), VEC_GP, "CR0.NW without CD");
    check_trap(try_cr0(v & ~CR0_PG), VEC_GP, "CR0.PG cleared in 64-bit mode");
    check_eq(read_cr0(), v, "CR0 unchanged");
    check_trap(try_cr0(v ^ CR0_NE), VEC_NONE, "CR0.NE flipped");
    check_eq(read_cr0(), v ^ CR0_NE, "CR0.NE reads back");
    write_cr0(v);
    check_trap(try_cr0(v & ~CR0_ET), VEC_NONE, "CR0.ET cleared");
    check_eq(read_cr0(), v | CR0_ET, "CR0.ET stays");
    check_trap(try_cr0(v | (0x1ff0ffc0 & ~CR0_AM & ~CR0_WP)), VEC_NONE, "CR0 reserved low bits");
    check_eq(read_cr0(), v, "CR0 reserved low bits are ignored");
    check_trap(try_cr0(v | CR0_CD), VEC_NONE, "CR0.CD");
    check_eq(read_cr0(), v | CR0_CD, "CR0.CD reads back");
    check_trap(try_cr0(v | CR0_CD | CR0_NW), VEC_NONE, "CR0.CD and NW");
    write_cr0(v);
    check_trap(try_cr0(v ^ (CR0_WP | CR0_AM)), VEC_NONE, "CR0.WP and AM flipped");
    check_eq(read_cr0(), v ^ (CR0_WP | CR0_AM), "CR0.WP and AM read back");
    write_cr0(v);
}

static void lmsw(void)
{
    uint64_t v = read_cr0(), w;
    asm volatile("lmsw %w0" ::"r"(CR0_PE | CR0_MP | CR0_TS));
    check_eq(read_cr0(), (v & ~CR0_EM) | CR0_MP | CR0_TS, "LMSW sets TS and MP");
    asm volatile("smsw %0" : "=r"(w));
    check_eq(w & 0xffff, read_cr0() & 0xffff, "SMSW reads CR0");
    asm volatile("clts");
    check_eq(read_cr0() & CR0_TS, 0, "CLTS");
    asm volatile("lmsw %w0" ::"r"(0ull));
    check_eq(read_cr0() & CR0_PE, CR0_PE, "LMSW cannot clear PE");
    uint16_t word = CR0_EM;
    asm volatile("lmsw %0" ::"m"(word));
    check_eq(read_cr0() & 0xf, CR0_PE | CR0_EM, "LMSW from memory");
    write_cr0(v);
}

/* Bits of CR4 that CPUID promises */
static uint64_t cr4_offered(void)
{
    struct regs4 a = cpuid(1), b = cpuid(7), b1 = cpuid_sub(7, 1);
    uint64_t bits = 0x7ff; /* VME..OSXMMEXCPT: every 64-bit CPU */
    bits |= b.ecx & BIT(2) ? CR4_UMIP : 0;
    bits |= b.ecx & BIT(16) ? CR4_LA57 : 0;
    bits |= a.ecx & BIT(5) ? CR4_VMXE : 0;
    bits |= a.ecx & BIT(6) ? CR4_SMXE : 0;
    bits |= b.ebx & BIT(0) ? CR4_FSGSBASE : 0;
    bits |= a.ecx & BIT(17) ? CR4_PCIDE : 0;
    bits |= a.ecx & BIT(26) ? CR4_OSXSAVE : 0;
    bits |= b.ebx & BIT(7) ? CR4_SMEP : 0;
    bits |= b.ebx & BIT(20) ? CR4_SMAP : 0;
    bits |= b.ecx & BIT(3) ? CR4_PKE : 0;
    bits |= (b.ecx & BIT(7)) || (b.edx & BIT(20)) ? BIT(23) : 0;
    bits |= b.ecx & BIT(31) ? BIT(24) : 0;
    bits |= b.edx & BIT(5) ? BIT(25) : 0;
    bits |= b1.eax & BIT(26) ? BIT(28) : 0;
    return bits;
}

static void cr4(void)
{
    uint64_t v = read_cr4(), offered = cr4_offered();
    for (unsigned bit = 0; bit < 64; bit++) {
        if ((v >> bit & 1) || bit == 12 || bit == 17 || bit == 23)
            continue;
        bool fine = offered >> bit & 1;
        unsigned got = try_cr4(v | BIT(bit));
        check_trap(got, fine ? VEC_NONE : VEC_GP, "CR4 bit %u, %s", bit, fine ? "offered" : "not offered");
        if (got == VEC_NONE && fine)
            check_eq(read_cr4(), v | BIT(bit), "CR4 bit %u reads back", bit);
        write_cr4(v);
    }
    check_trap(try_cr4(v & ~CR4_PAE), VEC_GP, "CR4.PAE cleared in long mode");
    check_trap(try_cr4(v | CR4_LA57), VEC_GP, "CR4.LA57 set in long mode");
    if (offered & CR4_PCIDE) {
        uint64_t root = read_cr3();
        write_cr3(root | CR0_TS); /* bit 3 is PWT */
        check_trap(try_cr4(v | CR4_PCIDE), VEC_GP, "CR4.PCIDE with CR3 bits 11:0 set");
        write_cr3(root);
        check_trap(try_cr4(v | CR4_PCIDE), VEC_NONE, "CR4.PCIDE");
        check_trap(try_cr3(root | BIT(63) | 5), VEC_NONE, "CR3 bit 63 with PCIDE");
        check_eq(read_cr3(), root | 5, "CR3 bit 63 is not stored");
        write_cr3(root);
        write_cr4(v);
    } else {
        check_trap(try_cr4(v | CR4_PCIDE), VEC_GP, "CR4.PCIDE, not offered");
    }
    check_eq(read_cr4(), v, "CR4 as before");
}

static void cr3_cr8(void)
{
    uint64_t root = read_cr3();
    unsigned bits = cpuid(0x80000008).eax & 0xff;
    check_trap(try_cr3(root | BIT(bits)), VEC_GP, "CR3 bit %u above the physical address", bits);
    check_trap(try_cr3(root | BIT(62)), VEC_GP, "CR3 bit 62");
    check_trap(try_cr3(root | BIT(63)), VEC_GP, "CR3 bit 63 without PCIDE");
    check_eq(read_cr3(), root, "CR3 unchanged");
    for (unsigned i = 0; i < 16; i += 5) {
        check_trap(try_cr8(i), VEC_NONE, "CR8 = %u", i);
        check_eq(read_cr8(), i, "CR8 reads %u", i);
    }
    check_trap(try_cr8(16), VEC_GP, "CR8 = 16");
    check_trap(try_cr8(BIT(63)), VEC_GP, "CR8 bit 63");
    write_cr8(0);
    check_trap(TRY("mov %%cr1, %0", "r"(0ull)), VEC_UD, "CR1");
    check_trap(TRY("mov %%cr5, %0", "r"(0ull)), VEC_UD, "CR5");
    check_trap(TRY("mov %%cr7, %0", "r"(0ull)), VEC_UD, "CR7");
}

static void protection(void)
{
    uint64_t v = read_cr4(), offered = cr4_offered();
    static volatile uint32_t cell;
    uint64_t alias = USER_ALIAS + (uint64_t)&cell;
    if (offered & CR4_SMAP) {
        write_cr4(v | CR4_SMAP);
        asm volatile("clac");
        check_trap(TRY("movl (%0), %%eax", "r"(alias)), VEC_PF, "SMAP stops a read of a user page");
        check_eq(trap_last.error, 1, "its error code");
        check_eq(trap_last.cr2, alias, "its CR2");
        asm volatile("stac");
        check_trap(TRY("movl (%0), %%eax", "r"(alias)), VEC_NONE, "SMAP with AC set");
        asm volatile("clac");
        write_cr4(v);
    }
    if (offered & CR4_SMEP) {
        write_cr4(v | CR4_SMEP);
        check_trap(TRY("jmp *%0", "r"(USER_ALIAS + (uint64_t)user_ud2)), VEC_PF, "SMEP stops code of a user page");
        check_eq(trap_last.error & ~0x10ull, 1, "its error code");
        write_cr4(v);
    }
    if (offered & CR4_UMIP) {
        write_cr4(v | CR4_UMIP);
        check_trap(in_ring3(user_sgdt), VEC_GP, "UMIP stops SGDT in ring 3");
        write_cr4(v);
        check_trap(in_ring3(user_sgdt), VEC_UD, "SGDT in ring 3 without UMIP");
    }
    write_cr4(v | CR4_TSD);
    check_trap(in_ring3(user_rdtsc), VEC_GP, "TSD stops RDTSC in ring 3");
    write_cr4(v);
    check_trap(in_ring3(user_rdtsc), VEC_UD, "RDTSC in ring 3 without TSD");
}

void test_cr(void)
{
    cr0();
    lmsw();
    cr4();
    cr3_cr8();
    protection();
}
