// sources: vmx/apicv.c vmx/bitmap.c boot/vtx_caps.c vmx/cpu.c vmx/ept.c vmx/exit.c vmx/exit_cpuid.c vmx/exit_cr.c vmx/exit_ept.c vmx/exit_event.c vmx/exit_io.c vmx/exit_msr.c vmx/inject.c vmx/request.c vmx/state.c vmx/vcpu.c vmx/vlapic.c vmx/vlapic_ipi.c vmx/vlapic_reg.c vmx/vlapic_timer.c vmx/vmcs_ctrl.c vmx/vmcs_guest.c vmx/vmcs_host.c vmx/vpid.c lib/fmt.c kernel/tables.c tests/fake/kernel.c tests/fake/x86.c
// flags: -include tests/fake/x86.h
/* SPDX-License-Identifier: MIT */
/* Capability negotiation: what is required, what may be missing, and how that is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <hw/cpuid.h>
#include <hw/ept.h>
#include <hw/msr.h>
#include <hw/vmx_controls.h>
#include <stdlib.h>
#include <string.h>
#include <fake/kernel.h>
#include <boot/vtx_caps.h>
#include <sys/log.h>
#include <vmx/caps.h>

static char missing[300];

static int setup(void **state)
{
    (void)state;
    fake_vmx_cpu(true);
    fake_kernel = (struct fake_kernel){0};
    return 0;
}

static bool probe(size_t bytes)
{
    struct vmx_caps caps;
    bool can = vtx_probe(&caps, missing, bytes);

    vmx_init(&caps);
    return can;
}

static void without(uint32_t msr, uint32_t bits) { *fake_msr(msr) &= ~((uint64_t)bits << 32); }

static void test_all_there(void **state)
{
    (void)state;
    assert_true(probe(sizeof(missing)));
    assert_string_equal(missing, "");
    assert_true(caps_proc2(PROC2_EPT | PROC2_UNRESTRICTED | PROC2_VPID | PROC2_VIRTUAL_INTR | PROC2_X2APIC));
    assert_false(vmx_caps.entry & ENTRY_IA32E);
    assert_false(vmx_caps.proc & (PROC_RDTSC_EXIT | PROC_INVLPG_EXIT | PROC_CR3_LOAD_EXIT | PROC_PAUSE_EXIT));
    assert_true(vmx_has_apic_access());
    vtx_describe(sys_log);
    assert_non_null(strstr(fake_kernel.log, "1G 2M 4K"));
    assert_non_null(strstr(fake_kernel.log, "full"));
    assert_non_null(strstr(fake_kernel.log, "iTLB multihit")); /* the fake CPU does not rule it out */
    assert_int_equal(fake_kernel.log_lines, 2);
}

static void expect_missing(const char *text)
{
    assert_false(probe(sizeof(missing)));
    assert_string_equal(missing, text);
}

static void test_required(void **state)
{
    (void)state;
    without(MSR_VMX_PROCBASED_CTLS2, PROC2_UNRESTRICTED);
    expect_missing("control unrestricted guest");
    without(MSR_VMX_PROCBASED_CTLS2, PROC2_EPT);
    expect_missing("control EPT, control unrestricted guest");
    setup(state);
    *fake_msr(MSR_VMX_TRUE_PROCBASED_CTLS) |= PROC_CR3_LOAD_EXIT;
    expect_missing("control no CR3-load exiting");
    setup(state);
    without(MSR_VMX_TRUE_EXIT_CTLS, EXIT_ACK_INTERRUPT);
    without(MSR_VMX_TRUE_ENTRY_CTLS, ENTRY_LOAD_EFER);
    expect_missing("exit control acknowledge interrupt on exit, entry control load EFER on entry");
    setup(state);
    *fake_msr(MSR_VMX_EPT_VPID_CAP) &= ~EPT_CAP_WALK4;
    expect_missing("EPT capability 4-level page walk");
    assert_false(probe(10)); /* cut, not overrun */
    assert_string_equal(missing, "EPT capab");
}

static void test_no_vtx(void **state)
{
    (void)state;
    *fake_msr(MSR_FEATURE_CONTROL) = FEATURE_CONTROL_LOCK;
    expect_missing("VT-x is locked off by firmware (IA32_FEATURE_CONTROL)");
    *fake_msr(MSR_FEATURE_CONTROL) = FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX;
    assert_true(probe(sizeof(missing)));
    fake.cpuid1_ecx &= ~CPUID_1C_VMX;
    expect_missing("the CPU (or the hypervisor below) has no VT-x");
}

static void test_lesser_cpus(void **state)
{
    (void)state;
    without(MSR_VMX_TRUE_PROCBASED_CTLS, PROC_TPR_SHADOW);
    without(MSR_VMX_PROCBASED_CTLS2, PROC2_VPID);
    assert_true(probe(sizeof(missing)));
    assert_false(vmx_caps.proc2 & (PROC2_APIC_ACCESS | PROC2_X2APIC | PROC2_APIC_REGISTER | PROC2_VIRTUAL_INTR | PROC2_VPID));
    assert_false(vmx_has_apic_access());
    vtx_describe(sys_log);
    assert_non_null(strstr(fake_kernel.log, "none"));
    assert_int_equal(fake_kernel.log_lines, 4);
    setup(state);
    without(MSR_VMX_PROCBASED_CTLS2, PROC2_APIC_REGISTER);
    assert_true(probe(sizeof(missing)));
    assert_false(vmx_caps.proc2 & (PROC2_X2APIC | PROC2_VIRTUAL_INTR));
    assert_true(vmx_has_apic_access());
    setup(state);
    without(MSR_VMX_PROCBASED_CTLS2, PROC2_VIRTUAL_INTR);
    *fake_msr(MSR_VMX_EPT_VPID_CAP) &= ~VPID_CAP_SINGLE;
    assert_true(probe(sizeof(missing)));
    assert_true(caps_proc2(PROC2_APIC_REGISTER));
    assert_false(vmx_caps.proc2 & (PROC2_X2APIC | PROC2_VPID));
}

static void test_cpu_on(void **state)
{
    static struct { _Alignas(4096) uint8_t bytes[4096]; } page;

    (void)state;
    assert_true(probe(sizeof(missing)));
    assert_int_equal(vmx_cpu_on(&page), OK);
    assert_int_equal(*fake_msr(MSR_FEATURE_CONTROL), FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX);
    assert_true(fake.cr4 & CR4_VMXE && fake.cr0 & CR0_NE);
    assert_int_equal(page.bytes[0], 0x11);
    fake.vm_fail = true;
    assert_int_equal(vmx_cpu_on(&page), ERR_UNSUPPORTED);
    *fake_msr(MSR_FEATURE_CONTROL) = FEATURE_CONTROL_LOCK;
    assert_int_equal(vmx_cpu_on(&page), ERR_UNSUPPORTED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(test_all_there), TEST(test_required), TEST(test_no_vtx), TEST(test_lesser_cpus), TEST(test_cpu_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
