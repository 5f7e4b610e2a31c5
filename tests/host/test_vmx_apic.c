// sources: vmx/apicv.c vmx/bitmap.c boot/vtx_caps.c vmx/cpu.c vmx/ept.c vmx/exit.c vmx/exit_cpuid.c vmx/exit_cr.c vmx/exit_ept.c vmx/exit_event.c vmx/exit_io.c vmx/exit_msr.c vmx/inject.c vmx/request.c vmx/state.c vmx/vcpu.c vmx/vlapic.c vmx/vlapic_ipi.c vmx/vlapic_reg.c vmx/vlapic_timer.c vmx/vmcs_ctrl.c vmx/vmcs_guest.c vmx/vmcs_host.c vmx/vpid.c lib/fmt.c kernel/tables.c tests/fake/kernel.c tests/fake/x86.c
// flags: -include tests/fake/x86.h
/* SPDX-License-Identifier: MIT */
/* The local APIC: priorities, EOI, modes, registers, IPIs and the timer, with and without virtual delivery. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <hw/msr.h>
#include <stdlib.h>
#include <string.h>
#include <fake/kernel.h>
#include <vmx/vlapic.h>

static struct vmx_vcpu *v;

static int setup_plain(void **state) { (void)state; v = fake_vm(false); return 0; }
static int setup_apicv(void **state) { (void)state; v = fake_vm(true); return 0; }
static int teardown(void **state) { (void)state; fake_vm_free(v); return 0; }

static void write_reg(unsigned offset, uint32_t value)
{
    assert_true(vlapic_write(v, offset, value));
}

static uint64_t read_reg(unsigned offset)
{
    uint64_t value;
    assert_true(vlapic_read(v, offset, &value));
    return value;
}

static void enable(void) { write_reg(APIC_SVR, 0x1ff); }

static void x2apic(void)
{
    assert_true(vlapic_set_base(v, APIC_DEFAULT_BASE | APIC_BASE_ENABLE | APIC_BASE_X2APIC | APIC_BASE_BSP));
}

static void test_priority(void **state)
{
    (void)state;
    vlapic_irq(v, 0x40, false);
    assert_int_equal(vlapic_requested(v), -1); /* software-disabled: lost */
    enable();
    vlapic_irq(v, 0x40, false);
    vlapic_irq(v, 0x85, false);
    assert_int_equal(vlapic_deliverable(v), 0x85);
    write_reg(APIC_TPR, 0x80);
    assert_int_equal(vlapic_deliverable(v), -1);
    write_reg(APIC_TPR, 0x7f);
    assert_int_equal(vlapic_deliverable(v), 0x85);
    vlapic_accept(v, 0x85);
    assert_int_equal(vlapic_deliverable(v), -1);
    assert_int_equal(read_reg(APIC_PPR), 0x80);
    write_reg(APIC_EOI, 0);
    assert_int_equal(read_reg(APIC_PPR), 0x7f);
    write_reg(APIC_TPR, 0);
    assert_int_equal(vlapic_deliverable(v), 0x40);
}

static void test_level_eoi(void **state)
{
    (void)state;
    enable();
    vlapic_irq(v, 0x51, true);
    assert_int_equal(read_reg(APIC_TMR + 0x20), 1u << 0x11);
    vlapic_accept(v, 0x51);
    v->pending = 0;
    write_reg(APIC_EOI, 0);
    assert_true(v->pending & PENDING_EOI);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake_kernel.why, LEAVE_VMM);
    assert_int_equal(v->page->exit.kind, EXIT_EOI);
    assert_int_equal(v->page->exit.vector, 0x51);
    vlapic_irq(v, 0x51, false);
    assert_int_equal(read_reg(APIC_TMR + 0x20), 0);
    write_reg(APIC_EOI, 0); /* none in service: nothing */
}

static void test_injection(void **state)
{
    (void)state;
    enable();
    fake.vmcs[VMCS_GUEST_RFLAGS] |= RFLAGS_IF;
    vlapic_irq(v, 0x60, false);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000060);
    assert_int_equal(read_reg(APIC_ISR + 0x30), 1);
    vlapic_irq(v, 0x70, false); /* IF clear: wait for the window */
    fake.vmcs[VMCS_GUEST_RFLAGS] &= ~RFLAGS_IF;
    fake.vmcs[VMCS_ENTRY_INTR_INFO] = 0;
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0);
    assert_true(fake.vmcs[VMCS_PROC_CONTROLS] & PROC_INTR_WINDOW);
    fake.vmcs[VMCS_GUEST_RFLAGS] |= RFLAGS_IF;
    fake_exit(v, REASON_INTR_WINDOW);
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000070);
    assert_false(fake.vmcs[VMCS_PROC_CONTROLS] & PROC_INTR_WINDOW);
}

static void test_tpr_threshold(void **state)
{
    (void)state;
    enable();
    write_reg(APIC_TPR, 0x90);
    vlapic_irq(v, 0x60, false);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.vmcs[VMCS_TPR_THRESHOLD], 6);
    *apic_reg(v, APIC_TPR) = 0;
    fake.vmcs[VMCS_GUEST_RFLAGS] |= RFLAGS_IF;
    fake_exit(v, REASON_TPR_BELOW);
    assert_int_equal(fake.vmcs[VMCS_TPR_THRESHOLD], 0);
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000060);
}

static void test_virtual_delivery(void **state)
{
    (void)state;
    enable();
    vlapic_irq(v, 0x60, false);
    vlapic_irq(v, 0x91, true);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.vmcs[VMCS_GUEST_INTR_STATUS], 0x91);
    assert_int_equal(fake.vmcs[VMCS_EOI_EXIT2], 1ull << 0x11);
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0);
    vlapic_irq(v, 0x91, false);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.vmcs[VMCS_EOI_EXIT2], 0);
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = 0x91;
    fake_exit(v, REASON_EOI);
    assert_int_equal(v->page->exit.kind, EXIT_EOI);
    assert_int_equal(v->page->exit.vector, 0x91);
    vlapic_accept(v, 0x91); /* an EOI that we carry out: SVI follows */
    vlapic_accept(v, 0xa2);
    write_reg(APIC_EOI, 0);
    v->pending &= ~PENDING_EOI;
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.vmcs[VMCS_GUEST_INTR_STATUS], 0x9160);
}

static void test_modes(void **state)
{
    const uint64_t base = APIC_DEFAULT_BASE, on = APIC_BASE_ENABLE, x2 = APIC_BASE_X2APIC;

    (void)state;
    assert_true(fake.vmcs[VMCS_PROC2_CONTROLS] & PROC2_APIC_ACCESS);
    assert_false(vlapic_set_base(v, base | x2));
    assert_false(vlapic_set_base(v, base | on | 1));
    assert_false(vlapic_set_base(v, 0xfed00000 | on));
    assert_true(vlapic_set_base(v, base | on | x2));
    assert_true(fake.vmcs[VMCS_PROC2_CONTROLS] & PROC2_X2APIC);
    assert_false(fake.vmcs[VMCS_PROC2_CONTROLS] & PROC2_APIC_ACCESS);
    assert_int_equal(read_reg(APIC_LDR), 1);
    enable();
    assert_true(vlapic_set_base(v, base | on)); /* only a VMM goes this way: a reset */
    assert_int_equal(read_reg(APIC_SVR), 0xff);
    assert_true(vlapic_set_base(v, base | on | x2));
    enable();
    assert_true(vlapic_set_base(v, base));
    assert_false(fake.vmcs[VMCS_PROC2_CONTROLS] & (PROC2_X2APIC | PROC2_APIC_ACCESS));
    assert_true(vlapic_set_base(v, base | on | x2));
    assert_int_equal(read_reg(APIC_LDR), 1);
    assert_true(vlapic_set_base(v, base));
    assert_true(vlapic_set_base(v, base | on));
    assert_int_equal(read_reg(APIC_SVR), 0xff);
}

static void test_extint(void **state)
{
    (void)state;
    assert_false(vlapic_takes_extint(v));
    enable();
    write_reg(APIC_LVT_LINT0, APIC_MODE_EXTINT);
    assert_true(vlapic_takes_extint(v));
    write_reg(APIC_SVR, 0xff); /* masks all */
    assert_false(vlapic_takes_extint(v));
    assert_int_equal(read_reg(APIC_LVT_LINT0), APIC_MODE_EXTINT | APIC_LVT_MASKED);
    write_reg(APIC_LVT_LINT0, APIC_MODE_EXTINT); /* stays masked */
    assert_false(vlapic_takes_extint(v));
    assert_true(vlapic_set_base(v, APIC_DEFAULT_BASE));
    assert_true(vlapic_takes_extint(v));
}

static void test_x2apic_reserved(void **state)
{
    static const unsigned bad_writes[] = {APIC_ID, APIC_VERSION, APIC_PPR, APIC_LDR, APIC_DFR, APIC_ISR, APIC_ICR_HIGH,
                                          APIC_TIMER_CURRENT, 0x0, 0x2f0, 0x3d0};
    uint64_t value;

    (void)state;
    x2apic();
    for (unsigned i = 0; i < sizeof(bad_writes) / sizeof(bad_writes[0]); i++)
        assert_false(vlapic_write(v, bad_writes[i], 0));
    assert_false(vlapic_write(v, APIC_EOI, 1));
    assert_false(vlapic_write(v, APIC_TPR, 0x100));
    assert_false(vlapic_write(v, APIC_TPR, 1ull << 32));
    assert_false(vlapic_write(v, APIC_SVR, 0x1000));
    assert_false(vlapic_write(v, APIC_ICR, 1 << 20));
    assert_false(vlapic_write(v, APIC_LVT_ERROR, 0x400));
    assert_false(vlapic_read(v, APIC_EOI, &value));
    assert_false(vlapic_read(v, APIC_DFR, &value));
    assert_false(vlapic_read(v, APIC_SELF_IPI, &value));
    assert_false(vlapic_read(v, APIC_ICR_HIGH, &value));
    assert_true(vlapic_write(v, APIC_ICR, 0x500000030ull));
    assert_int_equal(read_reg(APIC_ICR), 0x500000030ull);
}

static void test_xapic_errors(void **state)
{
    (void)state;
    enable();
    write_reg(APIC_LVT_ERROR, 0xe0);
    assert_int_equal(read_reg(0x0), 0); /* no such register */
    assert_int_equal(vlapic_requested(v), 0xe0);
    assert_int_equal(read_reg(APIC_ESR), 0);
    write_reg(APIC_ESR, 0);
    assert_int_equal(read_reg(APIC_ESR), APIC_ESR_REGISTER);
    write_reg(APIC_ESR, 0);
    assert_int_equal(read_reg(APIC_ESR), 0);
    write_reg(APIC_LVT_ERROR, 5); /* an error vector that is an error */
    vlapic_irq(v, 3, false);
    write_reg(APIC_ICR, APIC_ICR_SELF | 7);
    write_reg(APIC_ESR, 0);
    assert_int_equal(read_reg(APIC_ESR), APIC_ESR_RECEIVE_VECTOR | APIC_ESR_SEND_VECTOR);
}

static void test_ipi(void **state)
{
    (void)state;
    enable();
    write_reg(APIC_ICR, APIC_ICR_SELF | 0x41);
    write_reg(APIC_ICR, APIC_ICR_OTHERS | 0x42);
    write_reg(APIC_ICR_HIGH, 1u << 24);
    write_reg(APIC_ICR, 0x43); /* to APIC id 1: nobody */
    write_reg(APIC_ICR, APIC_ICR_ALL | 0x44);
    write_reg(APIC_LDR, 0x82000000);
    write_reg(APIC_ICR_HIGH, 0x03000000);
    write_reg(APIC_ICR, APIC_ICR_LOGICAL | 0x45);
    write_reg(APIC_DFR, 0x0fffffff); /* cluster 8, member 2 */
    write_reg(APIC_ICR_HIGH, 0x86000000);
    write_reg(APIC_ICR, APIC_ICR_LOGICAL | 0x46);
    write_reg(APIC_ICR_HIGH, 0x76000000);
    write_reg(APIC_ICR, APIC_ICR_LOGICAL | 0x47);
    write_reg(APIC_ICR_HIGH, 0xff000000);
    write_reg(APIC_ICR, 0x48);
    assert_int_equal(read_reg(APIC_IRR + 0x20), 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 8);
    v->pending = 0;
    write_reg(APIC_ICR, APIC_ICR_SELF | APIC_MODE_NMI);
    assert_int_equal(v->pending, PENDING_NMI);
    x2apic();
    assert_true(vlapic_write(v, APIC_SELF_IPI, 0x49));
    assert_true(vlapic_write(v, APIC_ICR, APIC_ICR_LOGICAL | 0x4a | 1ull << 32));
    assert_int_equal(read_reg(APIC_IRR + 0x20) >> 9, 3);
}

static void test_timer_one_shot(void **state)
{
    (void)state;
    enable();
    write_reg(APIC_LVT_TIMER, 0xec);
    write_reg(APIC_TIMER_DIVIDE, 0xb); /* by 1 */
    write_reg(APIC_TIMER_INITIAL, 5000);
    assert_int_equal(fake_kernel.timer, fake.tsc + 5000);
    fake.tsc += 1000;
    assert_int_equal(read_reg(APIC_TIMER_CURRENT), 4000);
    vmx_timer_expired(v); /* early */
    assert_int_equal(vlapic_requested(v), -1);
    write_reg(APIC_TIMER_DIVIDE, 0); /* by 2: what is left counts half as fast */
    assert_int_equal(read_reg(APIC_TIMER_CURRENT), 4000);
    assert_int_equal(fake_kernel.timer, fake.tsc + 8000);
    fake.tsc += 8000;
    vmx_timer_expired(v);
    assert_int_equal(vlapic_requested(v), 0xec);
    assert_int_equal(read_reg(APIC_TIMER_CURRENT), 0);
    vmx_timer_expired(v);
    write_reg(APIC_TIMER_INITIAL, 100);
    write_reg(APIC_TIMER_INITIAL, 0);
    assert_int_equal(fake_kernel.timer, ~0ull);
}

static void test_timer_periodic(void **state)
{
    (void)state;
    enable();
    write_reg(APIC_LVT_TIMER, 0xec | APIC_TIMER_PERIODIC);
    write_reg(APIC_TIMER_DIVIDE, 0xb);
    write_reg(APIC_TIMER_INITIAL, 10000);
    uint64_t start = fake.tsc;
    fake.tsc += 10300; /* late by 300: the next one is not */
    vmx_timer_expired(v);
    assert_int_equal(fake_kernel.timer, start + 20000);
    fake.tsc = start + 45000; /* periods missed are left out */
    assert_int_equal(read_reg(APIC_TIMER_CURRENT), 5000);
    vmx_timer_expired(v);
    assert_int_equal(fake_kernel.timer, start + 50000);
    write_reg(APIC_TIMER_INITIAL, 1); /* no storm */
    fake.tsc += 10;
    vmx_timer_expired(v);
    assert_true(fake_kernel.timer >= fake.tsc + 2000);
}

static void test_timer_deadline(void **state)
{
    (void)state;
    enable();
    timer_deadline_write(v, 5000); /* not in that mode: ignored */
    assert_int_equal(v->timer.deadline, 0);
    write_reg(APIC_LVT_TIMER, 0xec | APIC_TIMER_DEADLINE);
    write_reg(APIC_TIMER_INITIAL, 100); /* ignored */
    assert_int_equal(fake_kernel.timer, ~0ull);
    uint64_t guest_now = fake.tsc + v->tsc_offset;
    assert_int_equal(guest_now, 0);
    timer_deadline_write(v, guest_now + 7000);
    assert_int_equal(fake_kernel.timer, fake.tsc + 7000);
    v->page->gpr[GPR_RCX] = MSR_TSC; /* the guest sets its TSC on by 2000 */
    v->page->gpr[GPR_RAX] = 2000;
    v->page->gpr[GPR_RDX] = 0;
    fake_exit(v, REASON_WRMSR);
    assert_int_equal(fake_kernel.timer, fake.tsc + 5000);
    assert_int_equal(v->tsc_adjust, 2000);
    timer_deadline_write(v, ~0ull);
    assert_true(fake_kernel.timer > fake.tsc + (1ull << 61));
    timer_deadline_write(v, 1); /* long past */
    assert_int_equal(vlapic_requested(v), 0xec);
    assert_int_equal(v->timer.deadline, 0);
    assert_int_equal(fake_kernel.timer, ~0ull);
    write_reg(APIC_LVT_TIMER, 0xec);
    timer_deadline_write(v, 0);
}

static void test_vmm_access(void **state)
{
    uint32_t value = 0;

    (void)state;
    assert_int_equal(vmx_vcpu_apic(v, APIC_VERSION, false, &value), OK);
    assert_int_equal(value, 0x50014);
    assert_int_equal(vmx_vcpu_apic(v, APIC_ID + 4, false, &value), ERR_INVALID);
    assert_int_equal(vmx_vcpu_apic(v, 0x1000, false, &value), ERR_INVALID);
    value = 0x1f3;
    assert_int_equal(vmx_vcpu_apic(v, APIC_SVR, true, &value), OK);
    assert_int_equal(vmx_vcpu_apic(v, 0xff0, true, &value), OK); /* an APIC error, no more */
    assert_int_equal(v->esr, APIC_ESR_REGISTER);
    *apic_reg(v, APIC_ID) = 0x55; /* as the CPU stores it before an APIC-write exit */
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = APIC_ID;
    fake_exit(v, REASON_APIC_WRITE);
    assert_int_equal(read_reg(APIC_ID), 0);
    x2apic();
    assert_int_equal(vmx_vcpu_apic(v, APIC_SVR, true, &value), ERR_STATE);
}

static bool halts_by_itself(void)
{
    return !(fake.vmcs[VMCS_PROC_CONTROLS] & PROC_HLT_EXIT);
}

/* Alone on its CPU a guest halts there; what happens to it meanwhile finds it halted, or starts it anew. */
static void test_halt_alone(void **state)
{
    struct vcpu_state s;

    (void)state;
    enable();
    assert_false(halts_by_itself());
    vmx_vcpu_unload(v);
    vmx_vcpu_load(v, true);
    assert_true(halts_by_itself());
    FAKE_RUN(vmx_prepare(v));
    fake.vmcs[VMCS_GUEST_RFLAGS] |= RFLAGS_IF;
    fake.vmcs[VMCS_GUEST_ACTIVITY] = ACTIVITY_HLT;
    fake_exit(v, REASON_EXTINT); /* a device's: it goes on to halt */
    assert_int_equal(fake_kernel.why, LEAVE_INTERRUPT);
    assert_int_equal(fake.vmcs[VMCS_GUEST_ACTIVITY], ACTIVITY_HLT);
    vmx_vcpu_unload(v); /* from now on software has it */
    assert_int_equal(fake.vmcs[VMCS_GUEST_ACTIVITY], ACTIVITY_ACTIVE);
    assert_false(vmx_vcpu_wakeable(v));
    vmx_vcpu_load(v, false);
    assert_false(halts_by_itself());
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake_kernel.why, LEAVE_HALT);
    vlapic_irq(v, 0x40, false);
    assert_true(vmx_vcpu_wakeable(v));
    vmx_vcpu_get_state(v, &s);
    assert_int_equal(s.activity, ACTIVITY_HLT);
    s.activity = ACTIVITY_ACTIVE;
    fake.vmcs[VMCS_GUEST_ACTIVITY] = ACTIVITY_HLT;
    assert_int_equal(vmx_vcpu_set_state(v, &s), OK); /* as INIT and a start-up message end */
    assert_int_equal(fake.vmcs[VMCS_GUEST_ACTIVITY], ACTIVITY_ACTIVE);
}

/* Without delivery by the CPU nothing would wake it there. */
static void test_halt_alone_plain(void **state)
{
    (void)state;
    vmx_vcpu_unload(v);
    vmx_vcpu_load(v, true);
    assert_false(halts_by_itself());
}

int main(void)
{
#define PLAIN(name) cmocka_unit_test_setup_teardown(name, setup_plain, teardown)
#define APICV(name) cmocka_unit_test_setup_teardown(name, setup_apicv, teardown)
    const struct CMUnitTest tests[] = {
        PLAIN(test_priority), APICV(test_priority), PLAIN(test_level_eoi), APICV(test_level_eoi), PLAIN(test_injection),
        PLAIN(test_tpr_threshold), APICV(test_virtual_delivery), APICV(test_modes), PLAIN(test_extint), APICV(test_extint),
        PLAIN(test_x2apic_reserved), APICV(test_x2apic_reserved), PLAIN(test_xapic_errors), PLAIN(test_ipi),
        APICV(test_timer_one_shot), PLAIN(test_timer_periodic), PLAIN(test_timer_deadline), APICV(test_vmm_access),
        APICV(test_halt_alone), PLAIN(test_halt_alone_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
