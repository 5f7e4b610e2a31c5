/* SPDX-License-Identifier: MIT */
/*
 * A CPU for host tests of vmx/: compiled in front of each of its files, this puts the fakes of
 * tests/fake/x86.c in place of the privileged instructions.
 */
#ifndef FAKE_X86_H
#define FAKE_X86_H

#include <hw/x86.h>

struct fake_cpu {
    uint64_t vmcs[0x8000];    /* by field encoding */
    uint64_t msr_low[0x1000]; /* 0 .. 0xfff */
    uint64_t msr_high[0x200]; /* 0xc0000000 .. */
    uint64_t cr0, cr2, cr4, dr[8], xcr0, tsc, vmptr;
    uint32_t cpuid1_ecx, cpuid_x1_edx;
    unsigned invepts, invvpids, vmclears;
    uint64_t inv_type;
    struct x86_inv inv;
    bool vm_fail; /* VMXON, VMPTRLD, ... fail */
};
extern struct fake_cpu fake;
void fake_reset(void);
uint64_t *fake_msr(uint32_t msr);

uint64_t fake_rdmsr(uint32_t msr);
void fake_wrmsr(uint32_t msr, uint64_t value);
uint64_t fake_vmread(uint64_t field);
bool fake_vmread_try(uint64_t field, uint64_t *value);
void fake_vmwrite(uint64_t field, uint64_t value);
uint64_t fake_rdtsc(void);
struct x86_cpuid fake_cpuid(uint32_t leaf, uint32_t subleaf);
bool fake_vm_address(uint64_t hpa);
bool fake_vmptrld(uint64_t hpa);
bool fake_vmclear(uint64_t hpa);
bool fake_invept(uint64_t type, const struct x86_inv *d);
bool fake_invvpid(uint64_t type, const struct x86_inv *d);

#define x86_rdmsr       fake_rdmsr
#define x86_wrmsr       fake_wrmsr
#define x86_vmread      fake_vmread
#define x86_vmread_try  fake_vmread_try
#define x86_vmwrite     fake_vmwrite
#define x86_rdtsc       fake_rdtsc
#define x86_cpuid(leaf, subleaf) fake_cpuid(leaf, subleaf)
#define x86_vmxon       fake_vm_address
#define x86_vmptrld     fake_vmptrld
#define x86_vmclear     fake_vmclear
#define x86_vmptrst()   (fake.vmptr)
#define x86_invept      fake_invept
#define x86_invvpid     fake_invvpid
#define x86_xsetbv(i, v) ((void)(i), (void)(fake.xcr0 = (v)))
#define x86_read_cr0()  (fake.cr0)
#define x86_write_cr0(v) (void)(fake.cr0 = (v))
#define x86_read_cr2()  (fake.cr2)
#define x86_write_cr2(v) (void)(fake.cr2 = (v))
#define x86_read_cr4()  (fake.cr4)
#define x86_write_cr4(v) (void)(fake.cr4 = (v))
#define x86_read_dr0()  (fake.dr[0])
#define x86_read_dr1()  (fake.dr[1])
#define x86_read_dr2()  (fake.dr[2])
#define x86_read_dr3()  (fake.dr[3])
#define x86_read_dr6()  (fake.dr[6])
#define x86_write_dr0(v) (void)(fake.dr[0] = (v))
#define x86_write_dr1(v) (void)(fake.dr[1] = (v))
#define x86_write_dr2(v) (void)(fake.dr[2] = (v))
#define x86_write_dr3(v) (void)(fake.dr[3] = (v))
#define x86_write_dr6(v) (void)(fake.dr[6] = (v))

#endif
