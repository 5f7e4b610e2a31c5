/* SPDX-License-Identifier: MIT */
/* Life of a vCPU: creation, arrival on a CPU and departure, the ways out to the kernel. */
#include <hw/cpuid.h>
#include <hw/msr.h>
#include <sys/log.h>
#include "caps.h"
#include "exit.h"
#include "inject.h"
#include "vcpu.h"
#include "vlapic.h"

uint64_t vmx_vcpu_xcr0(const struct vmx_vcpu *vcpu)
{
    return vcpu->xcr0;
}

/* Components up to AVX-512; those that need more than XSAVE (PKRU, CET, AMX) are not offered. */
static uint64_t xcr0_allowed(const struct cpuid_page *cpuid)
{
    const struct cpuid_regs *r = cpuid_find(cpuid, 0xd, 0);
    uint64_t known = XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512;

    return r ? r->eax & known & vmx_caps.xcr0 : 0;
}

/*
 * CR4 bits that the guest may set: what works under these controls, what the CPU has, and what the
 * VM's CPUID shows (the table is the VMM's: it can only take away).
 */
static uint64_t cr4_allowed(const struct cpuid_page *cpuid)
{
    const struct cpuid_regs *seven = cpuid_find(cpuid, 7, 0);
    uint32_t ebx = seven ? seven->ebx : 0, ecx = seven ? seven->ecx : 0;
    const struct { uint64_t cr4; bool shown; } by_cpuid[] = {
        {CR4_PCIDE, cpuid->basic[1].ecx & CPUID_1C_PCID},
        {CR4_OSXSAVE, cpuid->basic[1].ecx & CPUID_1C_XSAVE && xcr0_allowed(cpuid)},
        {CR4_FSGSBASE, ebx & CPUID_7B_FSGSBASE},
        {CR4_SMEP, ebx & CPUID_7B_SMEP},
        {CR4_SMAP, ebx & CPUID_7B_SMAP},
        {CR4_UMIP, ecx & CPUID_7C_UMIP},
    };
    uint64_t allowed = CR4_VME | CR4_PVI | CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_MCE | CR4_PGE |
                       CR4_PCE | CR4_OSFXSR | CR4_OSXMMEXCPT;

    for (size_t i = 0; i < sizeof(by_cpuid) / sizeof(by_cpuid[0]); i++)
        if (by_cpuid[i].shown)
            allowed |= by_cpuid[i].cr4;
    return allowed & vmx_caps.cr4_fixed1;
}

static uint64_t efer_allowed(const struct cpuid_page *cpuid)
{
    uint32_t features = cpuid->extended[1].edx;
    uint64_t allowed = features & CPUID_X1D_SYSCALL ? EFER_SCE : 0;

    allowed |= features & CPUID_X1D_LM ? EFER_LME | EFER_LMA : 0;
    return (allowed | (features & CPUID_X1D_NX ? EFER_NXE : 0)) & vmx_caps.efer;
}

static void vcpu_reset(struct vmx_vcpu *v)
{
    v->cr4_allowed = cr4_allowed(v->cpuid);
    v->efer_allowed = efer_allowed(v->cpuid);
    v->xcr0_allowed = xcr0_allowed(v->cpuid);
    v->xcr0 = XCR0_X87;
    v->dr6 = DR6_INIT;
    if (!v->peers->first)
        v->peers->tsc_offset = 0 - x86_rdtsc();
    v->tsc_offset = v->peers->tsc_offset;
    v->timer.target = ~0ull;
}

enum status vmx_vcpu_init(const struct vmx_vcpu_pages *pages)
{
    struct vmx_vcpu *v = pages->vcpu;
    uint64_t vmcs = sys_page_hpa(pages->vmcs).v;
    uint64_t current = x86_vmptrst();

    v->page = pages->page;
    v->vmcs = pages->vmcs;
    v->apic = pages->vapic;
    v->cpuid = pages->cpuid;
    v->ept = pages->ept;
    v->peers = pages->peers;
    v->ept_generation = pages->ept->generation;
    v->apic_access = pages->apic_access;
    v->owner = pages->owner;
    v->id = pages->id;
    v->vpid = vpid_alloc();
    *(uint32_t *)v->vmcs = vmx_caps.revision;
    vcpu_reset(v);
    if (!x86_vmclear(vmcs) || !x86_vmptrld(vmcs))
        return ERR_UNSUPPORTED;
    vmcs_write_controls(v);
    vmcs_write_guest_reset(v);
    vlapic_reset(v);
    (void)x86_vmclear(vmcs);
    if (current != ~0ull)
        (void)x86_vmptrld(current); /* whatever vCPU was loaded here stays loaded */
    return OK;
}

void vmx_vcpu_join(struct vmx_vcpu *v)
{
    v->next = v->peers->first;
    __atomic_store_n(&v->peers->first, v, __ATOMIC_RELEASE);
}

const struct vcpu_msr vcpu_msrs[VCPU_MSRS] = {
    {MSR_STAR, offsetof(struct vcpu_state, star)},   {MSR_LSTAR, offsetof(struct vcpu_state, lstar)},
    {MSR_CSTAR, offsetof(struct vcpu_state, cstar)}, {MSR_FMASK, offsetof(struct vcpu_state, fmask)},
    {MSR_KERNEL_GS_BASE, offsetof(struct vcpu_state, kernel_gs_base)},
    {MSR_TSC_AUX, offsetof(struct vcpu_state, tsc_aux)}, /* last: not every CPU has it */
};

static unsigned msr_count(const struct vmx_vcpu *v)
{
    return v->proc2 & PROC2_RDTSCP ? VCPU_MSRS : VCPU_MSRS - 1;
}

void vcpu_msrs_load(const struct vmx_vcpu *v)
{
    for (unsigned i = 0; i < msr_count(v); i++)
        x86_wrmsr(vcpu_msrs[i].msr, v->msr[i]);
}

void vcpu_msrs_save(struct vmx_vcpu *v)
{
    for (unsigned i = 0; i < msr_count(v); i++)
        v->msr[i] = x86_rdmsr(vcpu_msrs[i].msr);
}

/* Debug registers go into the CPU at the guest's first use, and stay until it is unloaded. */
void vcpu_dr_load(struct vmx_vcpu *v)
{
    x86_write_dr0(v->dr[0]);
    x86_write_dr1(v->dr[1]);
    x86_write_dr2(v->dr[2]);
    x86_write_dr3(v->dr[3]);
    v->dr_live = true;
    vcpu_proc_set(v, v->proc & ~PROC_MOV_DR_EXIT);
}

void vcpu_dr_save(struct vmx_vcpu *v)
{
    v->dr6 = x86_read_dr6();
    if (!v->dr_live)
        return;
    v->dr[0] = x86_read_dr0();
    v->dr[1] = x86_read_dr1();
    v->dr[2] = x86_read_dr2();
    v->dr[3] = x86_read_dr3();
}

void vmx_vcpu_load(struct vmx_vcpu *v, bool alone)
{
    uint64_t last_cpu = v->host_rsp;

    if (!x86_vmptrld(sys_page_hpa(v->vmcs).v))
        sys_panic("VMPTRLD failed: %u", (unsigned)x86_vmread(VMCS_INSN_ERROR));
    vmcs_write_host(v);
    if (last_cpu != v->host_rsp)
        v->ept_generation = v->ept->generation - 1; /* this CPU may hold old translations */
    vpid_enter_cpu(v, last_cpu != v->host_rsp);
    /* Without delivery by the CPU nothing that the guest waits for would wake it. */
    alone = alone && apicv_delivers();
    vcpu_proc_set(v, alone ? v->proc & ~PROC_HLT_EXIT : v->proc | PROC_HLT_EXIT);
    vcpu_msrs_load(v);
    x86_write_dr6(v->dr6);
    if (x86_vmread(VMCS_GUEST_DR7) & 0xff)
        vcpu_dr_load(v);
}

void vmx_vcpu_unload(struct vmx_vcpu *v)
{
    vcpu_msrs_save(v);
    vcpu_dr_save(v);
    v->dr_live = false;
    vcpu_proc_set(v, v->proc | PROC_MOV_DR_EXIT);
    vcpu_note_halt(v);
    v->launched = false;
    (void)x86_vmclear(sys_page_hpa(v->vmcs).v);
}

noreturn void vcpu_leave_vmm(struct vmx_vcpu *v, enum exit_kind kind)
{
    v->page->exit.kind = kind;
    v->stats.to_vmm[kind]++;
    vcpu_save_cr2(v);
    sys_vcpu_exit(v->owner, kind);
}

void vcpu_fill_context(struct vmx_vcpu *v)
{
    struct vcpu_context *c = &v->page->context;

    c->rip = x86_vmread(VMCS_GUEST_RIP);
    c->rflags = x86_vmread(VMCS_GUEST_RFLAGS);
    c->cr0 = cr_guest_cr0(v);
    c->cr3 = x86_vmread(VMCS_GUEST_CR3);
    c->cr4 = cr_guest_cr4(v);
    c->efer = v->efer;
    c->cs_attr = (uint32_t)x86_vmread(VMCS_GUEST_CS_ATTR);
    bool wide = v->efer & EFER_LMA && c->cs_attr & ATTR_L; /* only FS and GS have bases then */
    for (unsigned i = wide ? 4 : 0; i < 6; i++)
        c->seg_base[i] = x86_vmread(VMCS_GUEST_ES_BASE + 2 * i);
    c->ss_attr = (uint32_t)x86_vmread(VMCS_GUEST_SS_ATTR);
    v->page->gpr[GPR_RSP] = x86_vmread(VMCS_GUEST_RSP);
}

void vmx_vcpu_stats(const struct vmx_vcpu *v, struct part_stats *sum)
{
    const uint64_t *from = (const uint64_t *)&v->stats; /* it holds nothing but counters */

    for (unsigned i = 0; i < sizeof(*sum) / sizeof(*from); i++)
        ((uint64_t *)sum)[i] += from[i];
}

/* Physical addresses of the kernel's (24.11.2: the 64-bit control fields, and HOST_CR3) stay here. */
bool vmx_field(uint64_t field, uint64_t *value)
{
    bool hidden = (field & VMCS_FIELD_KIND) == VMCS_IO_BITMAP_A || field == VMCS_HOST_CR3;

    return field <= VMCS_FIELD_LAST && !hidden && x86_vmread_try(field, value);
}
