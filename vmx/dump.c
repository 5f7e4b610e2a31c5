/* SPDX-License-Identifier: MIT */
/* What a VMCS holds, by name, and what a refused entry violated (SDM vol. 3, 26.2, 26.3). */
#include <hw/vmcs.h>
#include <sys/log.h>
#include "caps.h"
#include "vcpu.h"

static const struct { uint16_t encoding; const char *name; } fields[] = {
#define FIELD(name, encoding) {encoding, #name},
    VMCS_FIELDS(FIELD)
#undef FIELD
};

static const char *const reason_names[REASON_COUNT] = {
#define REASON(number, name, text) [number] = text,
    VMX_REASONS(REASON)
#undef REASON
};

static const char *insn_error_name(unsigned error)
{
    switch (error) {
#define ERROR(number, text) case number: return text;
    VMX_INSN_ERRORS(ERROR)
#undef ERROR
    }
    return "unknown";
}

/* Fields that this CPU has not: reading them would only set the VM-instruction error. */
static bool field_absent(unsigned encoding)
{
    if (encoding == VMCS_GUEST_INTR_STATUS || (encoding >= VMCS_EOI_EXIT0 && encoding <= VMCS_EOI_EXIT3))
        return !caps_proc2(PROC2_VIRTUAL_INTR);
    if (encoding == VMCS_APIC_ACCESS)
        return !caps_proc2(PROC2_APIC_ACCESS);
    if (encoding == VMCS_VPID)
        return !caps_proc2(PROC2_VPID);
    return (encoding == VMCS_VIRTUAL_APIC || encoding == VMCS_TPR_THRESHOLD) && !(vmx_caps.proc & PROC_TPR_SHADOW);
}

void vmx_vcpu_dump(struct vmx_vcpu *v)
{
    uint32_t reason = (uint32_t)x86_vmread(VMCS_EXIT_REASON), basic = reason & 0xffffu;
    const char *name = basic < REASON_COUNT && reason_names[basic] ? reason_names[basic] : "unknown";

    sys_log("vcpu %u: last exit 0x%x, %s; pending 0x%x, waiting 0x%x, event 0x%x, activity %u; fields that are not 0:",
            v->id, reason, name, v->pending, v->waiting, v->event, v->activity);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        uint64_t value = field_absent(fields[i].encoding) ? 0 : x86_vmread(fields[i].encoding);
        if (value)
            sys_log("  %04x %s = 0x%lx", fields[i].encoding, fields[i].name, (unsigned long)value);
    }
}

static bool unusable(unsigned i)
{
    return x86_vmread(VMCS_GUEST_ES_ATTR + 2 * i) & ATTR_UNUSABLE;
}

#define CHECK(violated, text)                                                                      \
    do {                                                                                           \
        if (violated)                                                                              \
            sys_log("vmx: violated: " text);                                                  \
    } while (0)

/* 26.2.1, 26.2.2: ours to get right. */
static void check_controls_and_host(void)
{
    uint32_t info = (uint32_t)x86_vmread(VMCS_ENTRY_INTR_INFO);
    uint64_t proc = x86_vmread(VMCS_PROC_CONTROLS), proc2 = x86_vmread(VMCS_PROC2_CONTROLS);

    CHECK((info & (INTR_VALID | INTR_ERROR)) == (INTR_VALID | INTR_ERROR) && !(x86_vmread(VMCS_GUEST_CR0) & CR0_PE),
          "26.2.1.3 error code for real mode");
    CHECK(info & INTR_VALID && (info & INTR_TYPE) >= INTR_SOFT_INT && x86_vmread(VMCS_ENTRY_INSN_LEN) - 1 >= 15,
          "26.2.1.3 instruction length of a software event");
    CHECK(proc2 & PROC2_X2APIC && proc2 & PROC2_APIC_ACCESS, "26.2.1.1 both APIC modes virtualised");
    CHECK(!(proc & PROC_TPR_SHADOW) && proc2 & (PROC2_X2APIC | PROC2_APIC_REGISTER | PROC2_VIRTUAL_INTR),
          "26.2.1.1 APIC virtualisation without TPR shadow");
    CHECK(!x86_canonical(x86_vmread(VMCS_HOST_RIP)), "26.2.2 host RIP");
    CHECK((x86_vmread(VMCS_HOST_CR0) & vmx_caps.cr0_fixed0) != vmx_caps.cr0_fixed0, "26.2.2 host CR0");
    CHECK((x86_vmread(VMCS_HOST_CR4) & vmx_caps.cr4_fixed0) != vmx_caps.cr4_fixed0, "26.2.2 host CR4");
    CHECK(!x86_vmread(VMCS_HOST_CS) || !x86_vmread(VMCS_HOST_TR), "26.2.2 host CS or TR is null");
    CHECK(x86_vmread(VMCS_HOST_CS) & 7 || x86_vmread(VMCS_HOST_SS) & 7 || x86_vmread(VMCS_HOST_TR) & 7,
          "26.2.3 host selector with RPL or TI");
}

/* 26.3.1.1 and 26.3.1.4 */
static void check_guest_registers(void)
{
    uint64_t cr0 = x86_vmread(VMCS_GUEST_CR0), cr4 = x86_vmread(VMCS_GUEST_CR4), flags = x86_vmread(VMCS_GUEST_RFLAGS);
    bool lma = x86_vmread(VMCS_ENTRY_CONTROLS) & ENTRY_IA32E, wide = x86_vmread(VMCS_GUEST_CS_ATTR) & ATTR_L;
    uint64_t must0 = vmx_caps.cr0_fixed0 & ~(CR0_PE | CR0_PG), efer = x86_vmread(VMCS_GUEST_EFER);

    CHECK((cr0 & must0) != must0 || cr0 & ~vmx_caps.cr0_fixed1, "26.3.1.1 CR0 fixed bits");
    CHECK(cr0 & CR0_PG && !(cr0 & CR0_PE), "26.3.1.1 CR0.PG without PE");
    CHECK((cr4 & vmx_caps.cr4_fixed0) != vmx_caps.cr4_fixed0 || cr4 & ~vmx_caps.cr4_fixed1, "26.3.1.1 CR4 fixed bits");
    CHECK(lma && !(cr0 & CR0_PG && cr4 & CR4_PAE), "26.3.1.1 IA-32e mode without paging or PAE");
    CHECK(!lma && cr4 & CR4_PCIDE, "26.3.1.1 CR4.PCIDE outside IA-32e mode");
    CHECK(x86_vmread(VMCS_GUEST_CR3) & vmx_caps.reserved_address, "26.3.1.1 CR3 beyond the physical-address width");
    CHECK(lma != !!(efer & EFER_LMA) || (cr0 & CR0_PG && lma != !!(efer & EFER_LME)),
          "26.3.1.1 EFER against IA-32e control");
    CHECK(!(lma && wide) && x86_vmread(VMCS_GUEST_RIP) >> 32, "26.3.1.4 RIP above 4 GiB outside 64-bit mode");
    CHECK(lma && wide && !x86_canonical(x86_vmread(VMCS_GUEST_RIP)), "26.3.1.4 RIP not canonical");
    CHECK(!(flags & RFLAGS_ONE) || flags & ~RFLAGS_DEFINED, "26.3.1.4 RFLAGS reserved bits");
    CHECK(flags & RFLAGS_VM && (lma || !(cr0 & CR0_PE)), "26.3.1.4 RFLAGS.VM in IA-32e or real mode");
    CHECK(!(flags & RFLAGS_IF) && (x86_vmread(VMCS_ENTRY_INTR_INFO) & (INTR_VALID | INTR_TYPE)) == INTR_VALID,
          "26.3.1.4 external interrupt with RFLAGS.IF clear");
}

/* 26.3.1.2: one segment, usable ones only but for TR and CS */
static void check_segment(unsigned i, const char *name)
{
    uint32_t attr = (uint32_t)x86_vmread(VMCS_GUEST_ES_ATTR + 2 * i);
    uint32_t limit = (uint32_t)x86_vmread(VMCS_GUEST_ES_LIMIT + 2 * i);
    uint64_t base = x86_vmread(VMCS_GUEST_ES_BASE + 2 * i), selector = x86_vmread(VMCS_GUEST_ES + 2 * i);
    const char *why = NULL;

    if (x86_vmread(VMCS_GUEST_RFLAGS) & RFLAGS_VM) {
        if (i < 6 && (attr != 0xf3 || limit != 0xffff || base != selector << 4))
            why = "virtual-8086 form";
    } else if (unusable(i)) {
        why = i == 1 || i == 7 ? "unusable" : NULL;
    } else if (!(attr & ATTR_P)) {
        why = "not present";
    } else if (!!(attr & ATTR_S) != (i < 6)) {
        why = "S bit";
    } else if (attr & 0xfffe0f00u) {
        why = "reserved access rights";
    } else if (i < 6 && !(attr & 1)) {
        why = "type: not accessed";
    } else if ((limit & 0xfff00000u && !(attr & ATTR_G)) || ((limit & 0xfff) != 0xfff && attr & ATTR_G)) {
        why = "limit against granularity";
    } else if (i == 1 && (attr & (ATTR_L | ATTR_DB)) == (ATTR_L | ATTR_DB)) {
        why = "L and D/B";
    } else if ((i == 0 || i == 1 || i == 2 || i == 3) && base >> 32) {
        why = "base above 4 GiB";
    } else if (i == 7 && (attr & 0xf) != 11 && (attr & 0xf) != 3) {
        why = "type: not a busy TSS";
    } else if (i == 6 && (attr & 0xf) != 2) {
        why = "type: not an LDT";
    }
    if (why)
        sys_log("vmx: violated: 26.3.1.2 %s: %s", name, why);
}

/* 26.3.1.5 */
static void check_activity(void)
{
    uint32_t blocking = (uint32_t)x86_vmread(VMCS_GUEST_INTERRUPTIBILITY);
    uint64_t flags = x86_vmread(VMCS_GUEST_RFLAGS), pending = x86_vmread(VMCS_GUEST_PENDING_DEBUG);
    bool held = blocking & (BLOCKING_STI | BLOCKING_MOVSS);

    CHECK(blocking & BLOCKING_STI && !(flags & RFLAGS_IF), "26.3.1.5 blocking by STI with RFLAGS.IF clear");
    CHECK((blocking & 3) == 3, "26.3.1.5 blocking by STI and by MOV SS");
    CHECK(held && (x86_vmread(VMCS_ENTRY_INTR_INFO) & (INTR_VALID | INTR_TYPE)) == INTR_VALID,
          "26.3.1.5 external interrupt while blocked");
    CHECK(held && !!(flags & RFLAGS_TF) != !!(pending & PENDING_DEBUG_BS),
          "26.3.1.5 pending single-step against RFLAGS.TF");
    CHECK(x86_vmread(VMCS_VMCS_LINK) != ~0ull, "26.3.1.5 VMCS link pointer");
}

void dump_failed_entry(struct vmx_vcpu *v, uint32_t reason)
{
    static const char *const names[] = {"ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR"};
    unsigned error = reason >> 16 & 0xff;

    if (!(reason & REASON_ENTRY_FAILED))
        sys_log("vmx: exit with unexpected reason 0x%x", reason);
    else if (error)
        sys_log("vmx: entry refused: error %u, %s", error, insn_error_name(error));
    else
        sys_log("vmx: entry failed: reason %u, qualification %lu", reason & 0xffffu,
                (unsigned long)x86_vmread(VMCS_EXIT_QUALIFICATION));
    check_controls_and_host();
    check_guest_registers();
    for (unsigned i = 0; i < 8; i++)
        check_segment(i, names[i]);
    check_activity();
    vmx_vcpu_dump(v);
}
