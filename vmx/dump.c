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

#define CHECK(violated, text)                                                                      \
    do {                                                                                           \
        if (violated)                                                                              \
            sys_log("vmx: violated: " text);                                                       \
    } while (0)

/* 26.2.1, 26.2.2, and of the guest's state what is ours to get right; the rest the VMM looks at. */
static void check_ours(void)
{
    uint32_t info = (uint32_t)x86_vmread(VMCS_ENTRY_INTR_INFO);
    uint64_t proc = x86_vmread(VMCS_PROC_CONTROLS), proc2 = x86_vmread(VMCS_PROC2_CONTROLS);
    uint64_t cr0 = x86_vmread(VMCS_GUEST_CR0), cr4 = x86_vmread(VMCS_GUEST_CR4), flags = x86_vmread(VMCS_GUEST_RFLAGS);
    uint64_t must0 = vmx_caps.cr0_fixed0 & ~(CR0_PE | CR0_PG), pending = x86_vmread(VMCS_GUEST_PENDING_DEBUG);
    bool held = x86_vmread(VMCS_GUEST_INTERRUPTIBILITY) & (BLOCKING_STI | BLOCKING_MOVSS);
    bool extint = (info & (INTR_VALID | INTR_TYPE)) == INTR_VALID;

    CHECK((info & (INTR_VALID | INTR_ERROR)) == (INTR_VALID | INTR_ERROR) && !(cr0 & CR0_PE),
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
    CHECK((x86_vmread(VMCS_HOST_CS) | x86_vmread(VMCS_HOST_SS) | x86_vmread(VMCS_HOST_TR)) & 7,
          "26.2.3 host selector with RPL or TI");
    CHECK((cr0 & must0) != must0 || cr0 & ~vmx_caps.cr0_fixed1, "26.3.1.1 CR0 fixed bits");
    CHECK((cr4 & vmx_caps.cr4_fixed0) != vmx_caps.cr4_fixed0 || cr4 & ~vmx_caps.cr4_fixed1, "26.3.1.1 CR4 fixed bits");
    CHECK(x86_vmread(VMCS_GUEST_CR3) & vmx_caps.reserved_address, "26.3.1.1 CR3 beyond the physical-address width");
    CHECK(!(x86_vmread(VMCS_ENTRY_CONTROLS) & ENTRY_IA32E) != !(x86_vmread(VMCS_GUEST_EFER) & EFER_LMA),
          "26.3.1.1 EFER against IA-32e control");
    CHECK(extint && (held || !(flags & RFLAGS_IF)), "26.3.1.4, 26.3.1.5 external interrupt while blocked");
    CHECK(held && !(flags & RFLAGS_TF) != !(pending & PENDING_DEBUG_BS), "26.3.1.5 pending single-step against TF");
    CHECK(x86_vmread(VMCS_VMCS_LINK) != ~0ull, "26.3.1.5 VMCS link pointer");
}

void dump_failed_entry(struct vmx_vcpu *v, uint32_t reason)
{
    unsigned error = reason >> 16 & 0xff;

    if (!(reason & REASON_ENTRY_FAILED))
        sys_log("vmx: exit with unexpected reason 0x%x", reason);
    else if (error)
        sys_log("vmx: entry refused: error %u, %s", error, insn_error_name(error));
    else
        sys_log("vmx: entry failed: reason %u, qualification %lu", reason & 0xffffu,
                (unsigned long)x86_vmread(VMCS_EXIT_QUALIFICATION));
    check_ours();
    vmx_vcpu_dump(v);
}
