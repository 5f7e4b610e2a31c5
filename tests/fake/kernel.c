/* SPDX-License-Identifier: MIT */
/* Fakes of include/sys: pages with a quota, a log that is kept, leaving by longjmp. */
#include <fake/x86.h>
#include <hw/cpuid.h>
#include <hw/ept.h>
#include <hw/msr.h>
#include <hw/vmx_controls.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/log.h>
#include <boot/vtx_caps.h>
#include <fake/kernel.h>

struct fake_kernel fake_kernel;

void *sys_page_alloc(struct account *account)
{
    if (account->pages >= account->quota)
        return NULL;
    account->pages++;
    return memset(aligned_alloc(PAGE_BYTES, PAGE_BYTES), 0, PAGE_BYTES);
}

void sys_page_free(struct account *account, void *page)
{
    account->pages--;
    free(page);
}

hpa_t sys_page_hpa(const void *page) { return (hpa_t){(uintptr_t)page}; }
void *sys_page_va(hpa_t page) { return (void *)(uintptr_t)page.v; }

void sys_log(const char *format, ...)
{
    va_list ap;
    size_t used = strlen(fake_kernel.log);

    va_start(ap, format);
    vsnprintf(fake_kernel.log + used, sizeof(fake_kernel.log) - used, format, ap);
    va_end(ap);
    fake_kernel.log_lines++;
}

void sys_panic(const char *format, ...)
{
    fake_kernel.panics++;
    fprintf(stderr, "panic: %s\n", format);
    abort();
}

void sys_host_cpu(struct host_cpu *host)
{
    memset(host, 0, sizeof(*host));
    host->rsp = fake_kernel.rsp;
    host->cs = 8;
    host->tr = 0x28;
}

static void leave(enum fake_leave why, uint32_t arg)
{
    fake_kernel.why = (int)why;
    fake_kernel.arg = arg;
    if (!fake_kernel.leave_set)
        abort();
    longjmp(fake_kernel.leave, 1);
}

void sys_vcpu_exit(void *owner, uint32_t kind) { (void)owner, leave(LEAVE_VMM, kind), abort(); }
void sys_vcpu_interrupt(void *owner, uint32_t vector) { (void)owner, leave(LEAVE_INTERRUPT, vector), abort(); }
void sys_vcpu_nmi(void *owner) { (void)owner, leave(LEAVE_NMI, 0), abort(); }
void sys_vcpu_halt(void *owner) { (void)owner, leave(LEAVE_HALT, 0), abort(); }

void sys_vcpu_doorbell(void *owner)
{
    (void)owner;
    fake_kernel.rung++;
}

void sys_vcpu_notify(void *owner, bool posted)
{
    (void)owner;
    fake_kernel.notified++;
    fake_kernel.posted = posted;
}

void sys_exit_timed(void *owner, uint32_t number, uint64_t tsc, uint64_t rip)
{
    (void)owner, (void)tsc;
    fake_kernel.timed = number;
    fake_kernel.timed_rip = rip;
}

void sys_vcpu_timer(void *owner, uint64_t tsc)
{
    (void)owner;
    fake_kernel.timer = tsc;
}

void vmx_exit_entry(void) { abort(); }

static uint64_t word(uint32_t must, uint32_t may) { return (uint64_t)(may | must) << 32 | must; }

void fake_vmx_cpu(bool apicv)
{
    uint32_t apic = PROC2_APIC_REGISTER | PROC2_VIRTUAL_INTR | PROC2_X2APIC;

    fake_reset();
    fake.cpuid1_ecx = CPUID_1C_VMX | CPUID_1C_XSAVE;
    fake.cpuid_x1_edx = CPUID_X1D_NX;
    *fake_msr(MSR_VMX_BASIC) = 0x11 | 3ull << 54;
    *fake_msr(MSR_VMX_TRUE_PINBASED_CTLS) = word(0x16, 0x7f);
    *fake_msr(MSR_VMX_TRUE_PROCBASED_CTLS) = word(0x04006172, 0xfff9fffe);
    *fake_msr(MSR_VMX_PROCBASED_CTLS2) = word(0, apicv ? 0x1fff : 0x1fff & ~apic);
    *fake_msr(MSR_VMX_TRUE_EXIT_CTLS) = word(0x36dfb, 0x1ffffff);
    *fake_msr(MSR_VMX_TRUE_ENTRY_CTLS) = word(0x11fb, 0x3ffff);
    *fake_msr(MSR_VMX_EPT_VPID_CAP) = EPT_CAP_WALK4 | EPT_CAP_WB | EPT_CAP_2M | EPT_CAP_1G | EPT_CAP_INVEPT |
                                      EPT_CAP_AD | EPT_CAP_INVEPT_SINGLE | EPT_CAP_INVEPT_ALL | VPID_CAP_INVVPID |
                                      VPID_CAP_SINGLE;
    *fake_msr(MSR_VMX_CR0_FIXED0) = 0x80000021;
    *fake_msr(MSR_VMX_CR0_FIXED1) = 0xffffffff;
    *fake_msr(MSR_VMX_CR4_FIXED0) = CR4_VMXE;
    *fake_msr(MSR_VMX_CR4_FIXED1) = 0x3727ff;
}

static struct account account;
static struct ept ept;
static struct vmx_peers peers;
static struct cpuid_page *cpuid;
static struct vmx_vcpu_pages pages;

struct cpuid_page *fake_vm_cpuid(void)
{
    account = (struct account){0, 1000};
    cpuid = sys_page_alloc(&account);
    cpuid->max_basic = 0x16;
    cpuid->max_extended = 0x80000008;
    cpuid->max_virtual = 0x40000001;
    cpuid->basic[1] = (struct cpuid_regs){0x506e3, 0, CPUID_1C_XSAVE | CPUID_1C_X2APIC | CPUID_1C_DEADLINE | CPUID_1C_PCID,
                                          CPUID_1D_APIC};
    cpuid->extended[1].edx = CPUID_X1D_LM | CPUID_X1D_NX | CPUID_X1D_SYSCALL;
    cpuid->has_sub = 1u << 7 | 1u << 0xb | 1u << 0xd;
    cpuid->sub_count = 3;
    cpuid->sub[0] = (struct cpuid_sub){7, 0, {0, CPUID_7B_TSC_ADJUST | CPUID_7B_SMEP, 0, 0}};
    cpuid->sub[1] = (struct cpuid_sub){0xd, 0, {0xe7, 0, 0, 0}};
    cpuid->sub[2] = (struct cpuid_sub){0xd, 1, {2, 0, 0, 0}};
    return cpuid;
}

struct vmx_vcpu *fake_vm(bool apicv)
{
    char missing[200];

    fake_vmx_cpu(apicv);
    struct vmx_caps caps;
    if (!vtx_probe(&caps, missing, sizeof(missing)))
        abort();
    vmx_init(&caps);
    if (!cpuid)
        fake_vm_cpuid();
    fake_kernel = (struct fake_kernel){.rsp = 0x10000, .timer = ~0ull};
    if (ept_init(&ept, &account) != OK)
        abort();
    peers = (struct vmx_peers){0};
    pages = (struct vmx_vcpu_pages){
        .vcpu = sys_page_alloc(&account), .vmcs = sys_page_alloc(&account), .vapic = sys_page_alloc(&account),
        .page = sys_page_alloc(&account), .cpuid = cpuid, .ept = &ept, .peers = &peers, .apic_access = sys_page_alloc(&account),
    };
    if (vmx_vcpu_init(&pages) != OK)
        abort();
    vmx_vcpu_join(pages.vcpu);
    vmx_vcpu_load(pages.vcpu, false);
    return pages.vcpu;
}

static void gone(hpa_t page)
{
    (void)page;
}

void fake_vm_free(struct vmx_vcpu *v)
{
    vmx_vcpu_unload(v);
    while (!tables_destroy(&ept.tables, gone))
        ;
    void *all[] = {pages.vcpu, pages.vmcs, pages.vapic, pages.page, pages.apic_access, cpuid};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        sys_page_free(&account, all[i]);
    cpuid = NULL;
    if (account.pages)
        abort();
}

void fake_exit(struct vmx_vcpu *v, uint32_t reason)
{
    fake.vmcs[VMCS_EXIT_REASON] = reason;
    fake.vmcs[VMCS_EXIT_INSN_LEN] = 2;
    fake.vmcs[VMCS_ENTRY_INTR_INFO] &= ~(uint64_t)INTR_VALID;
    FAKE_RUN(vmx_exit(v));
}
