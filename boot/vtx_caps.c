/* SPDX-License-Identifier: MIT */
/*
 * VT-x capability negotiation (SDM vol. 3, appendix A): constant tables say what is required and
 * what is welcome, one function settles every control word and names what is missing. The kernel
 * gets the result and reads no capability MSR itself.
 */
#include <hw/cpuid.h>
#include <hw/ept.h>
#include <hw/msr.h>
#include <hw/vmx_controls.h>
#include <hw/x86.h>
#include <lib/fmt.h>
#include "vtx_caps.h"

static struct vmx_caps vmx_caps;
static void (*sys_log)(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool caps_proc2(uint32_t bits)
{
    return (vmx_caps.proc2 & bits) == bits;
}

enum need { OFF, REQUIRED, OPTIONAL };
enum word { PIN, PROC, PROC2, EXIT, ENTRY };

static const struct {
    uint32_t msr, true_msr; /* the second where IA32_VMX_BASIC says that there is one (A.2) */
    const char *what;
} words[] = {
    [PIN] = {MSR_VMX_PINBASED_CTLS, MSR_VMX_TRUE_PINBASED_CTLS, "control "},
    [PROC] = {MSR_VMX_PROCBASED_CTLS, MSR_VMX_TRUE_PROCBASED_CTLS, "control "},
    [PROC2] = {MSR_VMX_PROCBASED_CTLS2, MSR_VMX_PROCBASED_CTLS2, "control "},
    [EXIT] = {MSR_VMX_EXIT_CTLS, MSR_VMX_TRUE_EXIT_CTLS, "exit control "},
    [ENTRY] = {MSR_VMX_ENTRY_CTLS, MSR_VMX_TRUE_ENTRY_CTLS, "entry control "},
};

/* A CPU without MONITOR and MWAIT raises #UD for them by itself and need not have their controls. */
static const struct control {
    enum word word;
    uint32_t bit;
    enum need need;
    const char *name;
} controls[] = {
    {PIN, PIN_EXTINT_EXIT, REQUIRED, "external-interrupt exiting"},
    {PIN, PIN_NMI_EXIT, REQUIRED, "NMI exiting"},
    {PIN, PIN_VIRTUAL_NMIS, REQUIRED, "virtual NMIs"},
    {PIN, PIN_POSTED, OPTIONAL, "process posted interrupts"},
    {PROC, PROC_TSC_OFFSET, REQUIRED, "TSC offsetting"},
    {PROC, PROC_HLT_EXIT, REQUIRED, "HLT exiting"},
    {PROC, PROC_INVLPG_EXIT, OFF, "no INVLPG exiting"},
    {PROC, PROC_MWAIT_EXIT, OPTIONAL, "MWAIT exiting"},
    {PROC, PROC_RDPMC_EXIT, REQUIRED, "RDPMC exiting"},
    {PROC, PROC_RDTSC_EXIT, OFF, "no RDTSC exiting"},
    {PROC, PROC_CR3_LOAD_EXIT, OFF, "no CR3-load exiting"},
    {PROC, PROC_CR3_STORE_EXIT, OFF, "no CR3-store exiting"},
    {PROC, PROC_TPR_SHADOW, OPTIONAL, "TPR shadow"},
    {PROC, PROC_MOV_DR_EXIT, REQUIRED, "MOV-DR exiting"},
    {PROC, PROC_IO_BITMAPS, REQUIRED, "I/O bitmaps"},
    {PROC, PROC_MSR_BITMAPS, REQUIRED, "MSR bitmaps"},
    {PROC, PROC_MONITOR_EXIT, OPTIONAL, "MONITOR exiting"},
    {PROC, PROC_SECONDARY, REQUIRED, "secondary controls"},
    {PROC2, PROC2_APIC_ACCESS, OPTIONAL, "virtualize APIC accesses"},
    {PROC2, PROC2_EPT, REQUIRED, "EPT"},
    {PROC2, PROC2_RDTSCP, OPTIONAL, "RDTSCP"},
    {PROC2, PROC2_X2APIC, OPTIONAL, "virtualize x2APIC mode"},
    {PROC2, PROC2_VPID, OPTIONAL, "VPID"},
    {PROC2, PROC2_WBINVD_EXIT, OPTIONAL, "WBINVD exiting"},
    {PROC2, PROC2_UNRESTRICTED, REQUIRED, "unrestricted guest"},
    {PROC2, PROC2_APIC_REGISTER, OPTIONAL, "APIC-register virtualization"},
    {PROC2, PROC2_VIRTUAL_INTR, OPTIONAL, "virtual-interrupt delivery"},
    {PROC2, PROC2_INVPCID, OPTIONAL, "INVPCID"},
    {EXIT, EXIT_SAVE_DEBUG, REQUIRED, "save debug controls"},
    {EXIT, EXIT_HOST_64, REQUIRED, "64-bit host"},
    {EXIT, EXIT_ACK_INTERRUPT, REQUIRED, "acknowledge interrupt on exit"},
    {EXIT, EXIT_LOAD_PAT, REQUIRED, "load PAT on exit"},
    {EXIT, EXIT_LOAD_EFER, REQUIRED, "load EFER on exit"},
    {ENTRY, ENTRY_LOAD_DEBUG, REQUIRED, "load debug controls"},
    {ENTRY, ENTRY_IA32E, OPTIONAL, "IA-32e guest"},
    {ENTRY, ENTRY_LOAD_PAT, REQUIRED, "load PAT on entry"},
    {ENTRY, ENTRY_LOAD_EFER, REQUIRED, "load EFER on entry"},
};

struct line {
    char *text;
    size_t bytes, used;
};

static void line_add(struct line *line, const char *what, const char *name)
{
    line->used += fmt_print(line->text + line->used, line->bytes - line->used, "%s%s%s", line->used ? ", " : "",
                            what, name);
}

/* Capability word: low half = bits that must be 1, high half = bits that may be 1 (A.3 to A.5). */
static uint32_t negotiate(enum word word, struct line *missing)
{
    uint64_t allowed = x86_rdmsr(vmx_caps.basic >> 55 & 1 ? words[word].true_msr : words[word].msr);
    uint32_t must = (uint32_t)allowed, may = (uint32_t)(allowed >> 32), value = must;

    for (const struct control *c = controls; c < controls + sizeof(controls) / sizeof(controls[0]); c++) {
        if (c->word != word)
            continue;
        if (c->need == OFF ? must & c->bit : c->need == REQUIRED && !(may & c->bit))
            line_add(missing, words[word].what, c->name);
        else if (c->need != OFF)
            value |= may & c->bit;
    }
    return value;
}

static bool probe_feature_control(struct line *missing)
{
    if (!(x86_cpuid(1, 0).c & CPUID_1C_VMX)) {
        line_add(missing, "the CPU (or the hypervisor below) has no ", "VT-x");
        return false;
    }
    uint64_t control = x86_rdmsr(MSR_FEATURE_CONTROL);
    if ((control & FEATURE_CONTROL_LOCK) && !(control & FEATURE_CONTROL_VMX)) {
        line_add(missing, "VT-x is locked off by firmware ", "(IA32_FEATURE_CONTROL)");
        return false;
    }
    return true;
}

static void probe_controls(struct line *missing)
{
    struct vmx_caps *caps = &vmx_caps;

    caps->pin = negotiate(PIN, missing);
    caps->proc = negotiate(PROC, missing);
    if (caps->proc & PROC_SECONDARY) /* first: EPT and its like say more than what follows from them */
        caps->proc2 = negotiate(PROC2, missing);
    caps->exit = negotiate(EXIT, missing);
    caps->entry = negotiate(ENTRY, missing);
    caps->entry &= ~ENTRY_IA32E; /* set and cleared with the guest's EFER.LMA */

    /* APICv is used in two steps only, both on top of the TPR shadow: registers and delivery. */
    uint32_t registers = PROC2_APIC_ACCESS | PROC2_APIC_REGISTER;
    if (!(caps->proc & PROC_TPR_SHADOW))
        caps->proc2 &= ~(registers | PROC2_X2APIC | PROC2_VIRTUAL_INTR);
    if (!caps_proc2(registers))
        caps->proc2 &= ~(PROC2_APIC_REGISTER | PROC2_X2APIC | PROC2_VIRTUAL_INTR);
    if (!caps_proc2(PROC2_VIRTUAL_INTR)) {
        caps->proc2 &= ~PROC2_X2APIC;
        caps->pin &= ~PIN_POSTED;
    }
}

static void probe_ept(struct line *missing)
{
    static const struct { uint64_t bits; const char *name; } required[] = {
        {EPT_CAP_WALK4, "4-level page walk"},
        {EPT_CAP_WB, "write-back tables"},
        {EPT_CAP_INVEPT | EPT_CAP_INVEPT_ALL, "INVEPT"},
    };

    if (!caps_proc2(PROC2_EPT))
        return;
    vmx_caps.ept_vpid = x86_rdmsr(MSR_VMX_EPT_VPID_CAP);
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
        if ((vmx_caps.ept_vpid & required[i].bits) != required[i].bits)
            line_add(missing, "EPT capability ", required[i].name);
    uint64_t vpid = VPID_CAP_INVVPID | VPID_CAP_SINGLE;
    if ((vmx_caps.ept_vpid & vpid) != vpid)
        vmx_caps.proc2 &= ~PROC2_VPID;
}

static void probe_cpu(void)
{
    struct vmx_caps *caps = &vmx_caps;

    caps->cr0_fixed0 = x86_rdmsr(MSR_VMX_CR0_FIXED0);
    caps->cr0_fixed1 = x86_rdmsr(MSR_VMX_CR0_FIXED1);
    caps->cr4_fixed0 = x86_rdmsr(MSR_VMX_CR4_FIXED0);
    caps->cr4_fixed1 = x86_rdmsr(MSR_VMX_CR4_FIXED1);
    struct x86_cpuid xsave = x86_cpuid(0xd, 0);
    caps->xcr0 = x86_cpuid(1, 0).c & CPUID_1C_XSAVE ? (uint64_t)xsave.d << 32 | xsave.a : 0;
    caps->reserved_address = ~0ull << (x86_cpuid(0x80000008, 0).a & 0xff);
    bool nx = x86_cpuid(0x80000001, 0).d & CPUID_X1D_NX;
    caps->efer = EFER_SCE | EFER_LME | EFER_LMA | (nx ? EFER_NXE : 0);
}

bool vtx_probe(struct vmx_caps *caps, char *missing, size_t bytes)
{
    struct line line = {missing, bytes, 0};

    vmx_caps = (struct vmx_caps){0};
    missing[0] = 0;
    *caps = vmx_caps;
    if (!probe_feature_control(&line))
        return false;
    vmx_caps.basic = x86_rdmsr(MSR_VMX_BASIC);
    vmx_caps.revision = (uint32_t)vmx_caps.basic & 0x7fffffffu;
    vmx_caps.string_info = vmx_caps.basic >> 54 & 1;
    probe_controls(&line);
    probe_ept(&line);
    probe_cpu();
    *caps = vmx_caps;
    return line.used == 0;
}

/* CVE-2018-12207: whether large executable pages can make an instruction fetch a machine check. */
static bool large_code_is_safe(void)
{
    return x86_cpuid(7, 0).d >> 29 & 1 && x86_rdmsr(MSR_ARCH_CAPABILITIES) >> 6 & 1; /* PSCHANGE_MC_NO */
}

void vtx_describe(void (*say)(const char *format, ...))
{
    bool delivery = caps_proc2(PROC2_VIRTUAL_INTR);

    sys_log = say;
    sys_log("vmx: EPT %s%s%s, VPID %s, APIC virtualization: %s",
            vmx_caps.ept_vpid & EPT_CAP_1G ? "1G " : "", vmx_caps.ept_vpid & EPT_CAP_2M ? "2M 4K" : "4K",
            vmx_caps.ept_vpid & EPT_CAP_AD ? " A/D" : "", caps_proc2(PROC2_VPID) ? "yes" : "no",
            vmx_caps.pin & PIN_POSTED ? "full, posted interrupts"
            : delivery ? "full" : caps_proc2(PROC2_APIC_REGISTER) ? "registers"
            : vmx_caps.proc & PROC_TPR_SHADOW ? "TPR shadow" : "none");
    if (!delivery)
        sys_log("vmx: no virtual-interrupt delivery: each interrupt and EOI of a guest costs VM exits");
    if (!large_code_is_safe())
        sys_log("vmx: this CPU does not rule out iTLB multihit: a guest that attacks by it can stop the machine");
    if (!caps_proc2(PROC2_WBINVD_EXIT))
        sys_log("vmx: no WBINVD exiting: a guest can empty the caches that it shares");
    if (!caps_proc2(PROC2_VPID))
        sys_log("vmx: no VPID: each VM entry and exit flushes the TLB");
}
