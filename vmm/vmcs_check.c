/* SPDX-License-Identifier: MIT */
/* What a refused VM entry violated (SDM vol. 3, 26.2, 26.3), and what the VMCS holds, by name. */
#include "vmcs_check.h"
#include <stdbool.h>
#include <stdio.h>
#include <hw/emulate.h>
#include "entry_check.h"

static const struct { uint16_t encoding; const char *name; } fields[] = {
#define FIELD(name, encoding) {encoding, #name},
    VMCS_FIELDS(FIELD)
#undef FIELD
};

struct judge {
    const struct vmcs *vmcs;
    char *text;
    size_t bytes;
};

static uint64_t get(const struct judge *j, enum vmcs_field field)
{
    uint64_t value;

    return j->vmcs->field(field, &value) == 0 ? value : 0;
}

static void check(const struct judge *j, bool violated, const char *what)
{
    if (violated)
        entry_add(j->text, j->bytes, "", what);
}

/* CR0 or CR4 lacks bits that the CPU wants, or has some that it does not know. */
static bool not_fixed(uint64_t value, const uint64_t fixed[2], uint64_t free)
{
    return ~value & fixed[0] & ~free || value & ~fixed[1];
}

/* 26.2.1 */
static void check_controls(const struct judge *j)
{
    uint32_t info = (uint32_t)get(j, VMCS_ENTRY_INTR_INFO);
    uint64_t proc = get(j, VMCS_PROC_CONTROLS), proc2 = get(j, VMCS_PROC2_CONTROLS);
    bool valid = info & INTR_VALID;

    check(j, valid && info & INTR_ERROR && !(get(j, VMCS_GUEST_CR0) & CR0_PE), "26.2.1.3 error code for real mode");
    check(j, valid && (info & INTR_TYPE) >= INTR_SOFT_INT && get(j, VMCS_ENTRY_INSN_LEN) - 1 >= 15,
          "26.2.1.3 instruction length of a software event");
    check(j, proc2 & PROC2_X2APIC && proc2 & PROC2_APIC_ACCESS, "26.2.1.1 both APIC modes virtualised");
    check(j, !(proc & PROC_TPR_SHADOW) && proc2 & (PROC2_X2APIC | PROC2_APIC_REGISTER | PROC2_VIRTUAL_INTR),
          "26.2.1.1 APIC virtualisation without TPR shadow");
}

/* 26.2.2, 26.2.3 */
static void check_host(const struct judge *j)
{
    const uint64_t *fixed = j->vmcs->cr_fixed;
    uint64_t cs = get(j, VMCS_HOST_CS), tr = get(j, VMCS_HOST_TR);

    check(j, !x86_canonical(get(j, VMCS_HOST_RIP)), "26.2.2 host RIP");
    check(j, not_fixed(get(j, VMCS_HOST_CR0), &fixed[0], 0), "26.2.2 host CR0");
    check(j, not_fixed(get(j, VMCS_HOST_CR4), &fixed[2], 0), "26.2.2 host CR4");
    check(j, !cs || !tr, "26.2.2 host CS or TR is null");
    check(j, (cs | tr | get(j, VMCS_HOST_SS)) & 7, "26.2.3 host selector with RPL or TI");
}

/* 26.3.1: what the kernel alone decides; entry_check has the rest */
static void check_guest(const struct judge *j)
{
    const uint64_t *fixed = j->vmcs->cr_fixed;
    uint32_t info = (uint32_t)get(j, VMCS_ENTRY_INTR_INFO);
    uint64_t flags = get(j, VMCS_GUEST_RFLAGS), pending = get(j, VMCS_GUEST_PENDING_DEBUG);
    bool held = get(j, VMCS_GUEST_INTERRUPTIBILITY) & (BLOCKING_STI | BLOCKING_MOVSS);
    bool extint = (info & (INTR_VALID | INTR_TYPE)) == (INTR_VALID | INTR_EXTERNAL);

    check(j, not_fixed(get(j, VMCS_GUEST_CR0), &fixed[0], CR0_PE | CR0_PG), "26.3.1.1 CR0 fixed bits");
    check(j, not_fixed(get(j, VMCS_GUEST_CR4), &fixed[2], 0), "26.3.1.1 CR4 fixed bits");
    check(j, get(j, VMCS_GUEST_CR3) >> j->vmcs->phys_bits, "26.3.1.1 CR3 beyond the physical-address width");
    check(j, !(get(j, VMCS_ENTRY_CONTROLS) & ENTRY_IA32E) != !(get(j, VMCS_GUEST_EFER) & EFER_LMA),
          "26.3.1.1 EFER against IA-32e control");
    check(j, extint && (held || !(flags & RFLAGS_IF)), "26.3.1.4, 26.3.1.5 external interrupt while blocked");
    check(j, held && !(flags & RFLAGS_TF) != !(pending & PENDING_DEBUG_BS),
          "26.3.1.5 pending single-step against TF");
    check(j, get(j, VMCS_VMCS_LINK) != ~0ull, "26.3.1.5 VMCS link pointer");
}

void vmcs_check(const struct vmcs *vmcs, char *text, size_t bytes)
{
    struct judge j = {vmcs, text, bytes};

    check_controls(&j);
    check_host(&j);
    check_guest(&j);
}

const char *vmcs_reason(uint32_t detail)
{
    if (!(detail & REASON_ENTRY_FAILED))
        return detail == REASON_EPT_MISCONFIG ? "EPT misconfiguration" : "unexpected exit";
    switch (detail >> 16 & 0xff) { /* VM-instruction errors, 30.4 */
    case 4: return "VMLAUNCH with non-clear VMCS";
    case 5: return "VMRESUME with non-launched VMCS";
    case 7: return "invalid control fields";
    case 8: return "invalid host-state fields";
    case 26: return "events blocked by MOV SS";
    }
    switch (detail & 0xffff) {
    case REASON_BAD_STATE: return "invalid guest state";
    case REASON_BAD_MSR: return "MSR loading";
    default: return "unknown";
    }
}

void vmcs_print(const struct vmcs *vmcs, void (*put)(void *ctx, uint8_t byte), void *ctx)
{
    char line[80];
    uint64_t value;

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (vmcs->field(fields[i].encoding, &value) != 0 || value == 0)
            continue;
        snprintf(line, sizeof(line), "vmcs: %04x %s = 0x%llx\n", (unsigned)fields[i].encoding, fields[i].name,
                 (unsigned long long)value);
        for (const char *c = line; *c; c++)
            put(ctx, (uint8_t)*c);
    }
}
