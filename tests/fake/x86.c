/* SPDX-License-Identifier: MIT */
/* The CPU of tests/fake/x86.h: registers in memory, a clock that the test sets. */
#include <assert.h>
#include <string.h>
#include <hw/vmcs.h>
#include <fake/x86.h>

struct fake_cpu fake;

void fake_reset(void)
{
    memset(&fake, 0, sizeof(fake));
    fake.vmptr = ~0ull;
    fake.tsc = 1000000;
    fake.dr[6] = DR6_INIT;
}

uint64_t *fake_msr(uint32_t msr)
{
    assert(msr < 0x1000 || msr - 0xc0000000u < 0x200);
    return msr < 0x1000 ? &fake.msr_low[msr] : &fake.msr_high[msr - 0xc0000000u];
}

uint64_t fake_rdmsr(uint32_t msr) { return *fake_msr(msr); }
void fake_wrmsr(uint32_t msr, uint64_t value) { *fake_msr(msr) = value; }

/* Values come back as wide as the field is. */
uint64_t fake_vmread(uint64_t field)
{
    assert(field < 0x8000);
    return fake.vmcs[field];
}

/* A CPU without VPIDs. */
bool fake_vmread_try(uint64_t field, uint64_t *value)
{
    *value = field == VMCS_VPID ? 0 : fake_vmread(field);
    return field != VMCS_VPID;
}

void fake_vmwrite(uint64_t field, uint64_t value)
{
    static const uint64_t masks[4] = {0xffff, ~0ull, 0xffffffff, ~0ull};

    assert(field < 0x8000);
    fake.vmcs[field] = value & masks[field >> 13];
}

uint64_t fake_rdtsc(void) { return fake.tsc; }

struct x86_cpuid fake_cpuid(uint32_t leaf, uint32_t subleaf)
{
    switch (leaf) {
    case 1: return (struct x86_cpuid){.c = fake.cpuid1_ecx};
    case 0xd:
        if (subleaf == 0)
            return (struct x86_cpuid){0xe7, 0x340, 0xa80, 0};
        if (subleaf == 1)
            return (struct x86_cpuid){0xf, 0x240, 0, 0};
        break;
    case 0x80000001: return (struct x86_cpuid){.d = fake.cpuid_x1_edx};
    case 0x80000008: return (struct x86_cpuid){.a = 40};
    }
    return (struct x86_cpuid){0};
}

bool fake_vm_address(uint64_t hpa) { return hpa != 0 && !fake.vm_fail; }

bool fake_vmptrld(uint64_t hpa)
{
    if (fake.vm_fail)
        return false;
    fake.vmptr = hpa;
    return true;
}

bool fake_vmclear(uint64_t hpa)
{
    fake.vmclears++;
    if (fake.vmptr == hpa)
        fake.vmptr = ~0ull;
    return !fake.vm_fail;
}

bool fake_invept(uint64_t type, const struct x86_inv *d)
{
    fake.invepts++;
    fake.inv_type = type;
    fake.inv = *d;
    return true;
}

bool fake_invvpid(uint64_t type, const struct x86_inv *d)
{
    fake.invvpids++;
    fake.inv_type = type;
    fake.inv = *d;
    return true;
}
