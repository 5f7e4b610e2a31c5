/* SPDX-License-Identifier: MIT */
/* After a refused entry: a VMCS in which all is right, each thing that can be wrong, the names. */
// sources: vmm/vmcs_check.c vmm/entry_check.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <hw/emulate.h>
#include <vmm/vmcs_check.h>

static uint64_t fields[0x8000];
static const uint64_t cr_fixed[4] = {CR0_PE | CR0_NE | CR0_PG, 0xffffffff, CR4_VMXE, 0x3fffff};

static int64_t field(uint64_t number, uint64_t *value)
{
    *value = fields[number];
    return number == VMCS_VPID ? -8 : 0; /* a CPU without VPIDs */
}

static const struct vmcs vmcs = {field, cr_fixed, 36};

static int setup(void **state)
{
    (void)state;
    memset(fields, 0, sizeof(fields));
    fields[VMCS_HOST_CR0] = CR0_PE | CR0_NE | CR0_PG;
    fields[VMCS_HOST_CR4] = CR4_VMXE;
    fields[VMCS_HOST_CS] = 8;
    fields[VMCS_HOST_SS] = 16;
    fields[VMCS_HOST_TR] = 56;
    fields[VMCS_GUEST_CR0] = CR0_NE;
    fields[VMCS_GUEST_CR4] = CR4_VMXE;
    fields[VMCS_GUEST_RFLAGS] = RFLAGS_ONE;
    fields[VMCS_VMCS_LINK] = ~0ull;
    return 0;
}

static void expect(const char *what)
{
    char text[200] = "before";

    vmcs_check(&vmcs, text, sizeof(text));
    assert_memory_equal(text, "before", 6);
    assert_string_equal(text[6] ? text + 8 : "", what);
}

static void test_each(void **state)
{
    static const struct {
        uint16_t field;
        uint64_t value;
        const char *what;
    } bad[] = {
        {VMCS_ENTRY_INTR_INFO, INTR_VALID | INTR_EXCEPTION | INTR_ERROR | X86_GP, "26.2.1.3 error code for real mode"},
        {VMCS_ENTRY_INTR_INFO, INTR_VALID | INTR_SOFT_INT | 3, "26.2.1.3 instruction length of a software event"},
        {VMCS_PROC2_CONTROLS, PROC2_APIC_REGISTER, "26.2.1.1 APIC virtualisation without TPR shadow"},
        {VMCS_HOST_RIP, 1ull << 47, "26.2.2 host RIP"},
        {VMCS_HOST_CR0, CR0_PE | CR0_PG, "26.2.2 host CR0"},
        {VMCS_HOST_CR4, 0, "26.2.2 host CR4"},
        {VMCS_HOST_TR, 0, "26.2.2 host CS or TR is null"},
        {VMCS_HOST_SS, 19, "26.2.3 host selector with RPL or TI"},
        {VMCS_GUEST_CR0, CR0_PE, "26.3.1.1 CR0 fixed bits"},
        {VMCS_GUEST_CR0, CR0_NE | 1ull << 32, "26.3.1.1 CR0 fixed bits"},
        {VMCS_GUEST_CR4, CR4_PAE, "26.3.1.1 CR4 fixed bits"},
        {VMCS_GUEST_CR4, CR4_VMXE | 1ull << 22, "26.3.1.1 CR4 fixed bits"},
        {VMCS_GUEST_CR3, 1ull << 36, "26.3.1.1 CR3 beyond the physical-address width"},
        {VMCS_GUEST_EFER, EFER_LMA, "26.3.1.1 EFER against IA-32e control"},
        {VMCS_ENTRY_CONTROLS, ENTRY_IA32E, "26.3.1.1 EFER against IA-32e control"},
        {VMCS_ENTRY_INTR_INFO, INTR_VALID | INTR_EXTERNAL | 0x30, "26.3.1.4, 26.3.1.5 external interrupt while blocked"},
        {VMCS_VMCS_LINK, 0, "26.3.1.5 VMCS link pointer"},
    };

    expect("");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        fields[bad[i].field] = bad[i].value;
        expect(bad[i].what);
        setup(state);
    }
    fields[VMCS_PROC_CONTROLS] = PROC_TPR_SHADOW;
    fields[VMCS_PROC2_CONTROLS] = PROC2_X2APIC | PROC2_APIC_ACCESS;
    expect("26.2.1.1 both APIC modes virtualised");
    setup(state);
    fields[VMCS_GUEST_INTERRUPTIBILITY] = BLOCKING_STI;
    fields[VMCS_GUEST_RFLAGS] |= RFLAGS_TF | RFLAGS_IF;
    expect("26.3.1.5 pending single-step against TF");
    fields[VMCS_GUEST_PENDING_DEBUG] = PENDING_DEBUG_BS;
    expect("");
    fields[VMCS_VMCS_LINK] = 0;
    fields[VMCS_HOST_RIP] = 1ull << 47;
    expect("26.2.2 host RIP; 26.3.1.5 VMCS link pointer");
}

static void test_reasons(void **state)
{
    (void)state;
    assert_string_equal(vmcs_reason(REASON_ENTRY_FAILED | REASON_BAD_STATE), "invalid guest state");
    assert_string_equal(vmcs_reason(REASON_ENTRY_FAILED | REASON_BAD_MSR), "MSR loading");
    assert_string_equal(vmcs_reason(REASON_ENTRY_FAILED | 7 << 16), "invalid control fields");
    assert_string_equal(vmcs_reason(REASON_ENTRY_FAILED | 8 << 16), "invalid host-state fields");
    assert_string_equal(vmcs_reason(REASON_ENTRY_FAILED | 99 << 16), "unknown");
    assert_string_equal(vmcs_reason(REASON_EPT_MISCONFIG), "EPT misconfiguration");
    assert_string_equal(vmcs_reason(5), "unexpected exit");
}

static char printed[400];

static void put(void *ctx, uint8_t byte)
{
    (void)ctx;
    strncat(printed, (char[]){(char)byte, 0}, sizeof(printed) - strlen(printed) - 1);
}

static void test_print(void **state)
{
    (void)state;
    memset(fields, 0, sizeof(fields));
    fields[VMCS_VPID] = 7; /* not there: not shown */
    fields[VMCS_GUEST_CS] = 0xf000;
    fields[VMCS_HOST_RIP] = ~0ull;
    vmcs_print(&vmcs, put, NULL);
    assert_string_equal(printed, "vmcs: 0802 GUEST_CS = 0xf000\nvmcs: 6c16 HOST_RIP = 0xffffffffffffffff\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_each, setup), cmocka_unit_test(test_reasons), cmocka_unit_test(test_print),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
