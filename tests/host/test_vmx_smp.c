// sources: vmx/apicv.c vmx/bitmap.c boot/vtx_caps.c vmx/cpu.c vmx/ept.c vmx/exit.c vmx/exit_cpuid.c vmx/exit_cr.c vmx/exit_ept.c vmx/exit_event.c vmx/exit_io.c vmx/exit_msr.c vmx/inject.c vmx/request.c vmx/state.c vmx/vcpu.c vmx/vlapic.c vmx/vlapic_ipi.c vmx/vlapic_reg.c vmx/vlapic_timer.c vmx/vmcs_ctrl.c vmx/vmcs_guest.c vmx/vmcs_host.c vmx/vpid.c lib/fmt.c kernel/tables.c tests/fake/kernel.c tests/fake/x86.c
// flags: -include tests/fake/x86.h
/* SPDX-License-Identifier: MIT */
/* Interrupt messages among the vCPUs of a VM: who is meant, the mailbox, and what goes to the VMM. */
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

#define PEERS 6
static struct vmx_vcpu *v, *peer[PEERS]; /* peer[0] is v */

static struct vmx_vcpu *add(unsigned id)
{
    struct vmx_vcpu *p = aligned_alloc(PAGE_BYTES, PAGE_BYTES);

    memset(p, 0, PAGE_BYTES);
    p->apic = aligned_alloc(PAGE_BYTES, PAGE_BYTES);
    p->id = id;
    p->peers = v->peers;
    p->activity = ACTIVITY_HLT;
    p->halt_if = p->halt_nmi = true;
    p->timer.target = ~0ull;
    memset(p->apic, 0, PAGE_BYTES);
    p->apic_base = APIC_DEFAULT_BASE | APIC_BASE_ENABLE;
    *apic_reg(p, APIC_DFR) = ~0u;
    *apic_reg(p, APIC_SVR) = 0x1ff;
    *apic_reg(p, APIC_LDR) = 1u << (24 + id);
    p->status_dirty = true;
    vmx_vcpu_join(p);
    return p;
}

static int setup(void **state)
{
    v = peer[0] = fake_vm(*state != NULL);
    *apic_reg(v, APIC_SVR) = 0x1ff;
    *apic_reg(v, APIC_LDR) = 1u << 24;
    for (unsigned i = 1; i < PEERS; i++)
        peer[i] = add(i);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (unsigned i = 1; i < PEERS; i++) {
        free(peer[i]->apic);
        free(peer[i]);
    }
    fake_vm_free(v);
    return 0;
}

/* Who got the vector since the last time it was asked for. */
static unsigned who(unsigned vector)
{
    unsigned mask = 0;

    for (unsigned i = 0; i < PEERS; i++) {
        uint32_t *irr = apic_reg(peer[i], APIC_IRR + vector / 32 * 16), bit = 1u << vector % 32;
        mail_take(peer[i]);
        mask |= (*irr & bit ? 1u : 0) << i;
        *irr &= ~bit;
    }
    return mask;
}

static unsigned sent(uint32_t command, uint32_t destination)
{
    apic_send_ipi(v, command | 0x51, destination);
    return who(0x51);
}

static void test_destinations(void **state)
{
    (void)state;
    assert_int_equal(sent(0, 3), 1u << 3);
    assert_int_equal(sent(0, 0), 1);
    assert_int_equal(sent(0, 9), 0);
    assert_int_equal(sent(0, 0xff), 0x3f);
    assert_int_equal(sent(APIC_ICR_ALL, 0), 0x3f);
    assert_int_equal(sent(APIC_ICR_OTHERS, 0), 0x3e);
    assert_int_equal(sent(APIC_ICR_SELF, 4), 1);
    assert_int_equal(sent(APIC_ICR_LOGICAL, 0x16), 0x16);
    *apic_reg(peer[2], APIC_SVR) = 0xff; /* software-disabled: takes nothing but NMI */
    assert_int_equal(sent(APIC_ICR_LOGICAL, 0x16), 0x12);
    assert_int_equal(vmx_message(v->peers, 0x51, 2), 0);
    assert_int_equal(vmx_message(v->peers, 0x51, ~0u), 5);
    assert_int_equal(who(0x51), 0x3b);
    assert_int_equal(vmx_message(v->peers, 0x51 | APIC_MODE_INIT, 1), 0);
    assert_int_equal(vmx_message(v->peers, 0x51 | APIC_ICR_ALL, 1), 0);
}

static void test_clusters(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PEERS; i++) {
        *apic_reg(peer[i], APIC_DFR) = 0x0fffffff;
        *apic_reg(peer[i], APIC_LDR) = (i / 2 << 4 | 1u << i % 2) << 24;
    }
    assert_int_equal(sent(APIC_ICR_LOGICAL, 0x13), 0x0c);
    assert_int_equal(sent(APIC_ICR_LOGICAL, 0x22), 0x20);
    assert_int_equal(sent(APIC_ICR_LOGICAL, 0xf1), 0x15);
    for (unsigned i = 0; i < PEERS; i++) {
        peer[i]->apic_base |= APIC_BASE_X2APIC;
        *apic_reg(peer[i], APIC_LDR) = i / 4 << 16 | 1u << i % 4;
    }
    assert_int_equal(sent(APIC_ICR_LOGICAL, 0x0000a), 0x0a);
    assert_int_equal(sent(APIC_ICR_LOGICAL, 0x10003), 0x30);
    assert_int_equal(sent(APIC_ICR_LOGICAL, 0xffffffff), 0x3f);
    assert_int_equal(sent(0, 0xff), 0);
    assert_int_equal(sent(0, 0xffffffff), 0x3f);
}

static void test_lowest(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PEERS; i++)
        *apic_reg(peer[i], APIC_TPR) = i == 4 ? 0x1f : 0x20;
    assert_int_equal(sent(APIC_ICR_LOGICAL | APIC_MODE_LOWEST, 0x3f), 1u << 4);
    unsigned one = sent(APIC_ICR_LOGICAL | APIC_MODE_LOWEST, 0x2f);
    assert_true(one != 0 && (one & (one - 1)) == 0);
    assert_int_equal(sent(APIC_ICR_LOGICAL | APIC_MODE_LOWEST, 0x40), 0);
}

/* Many requests, one notification; a new one only after the mailbox was opened. */
static void test_mailbox(void **state)
{
    (void)state;
    struct vmx_vcpu *p = peer[1];
    for (unsigned vector = 16; vector < 256; vector++)
        apic_send_ipi(v, vector, 1);
    assert_int_equal(fake_kernel.notified, 1);
    assert_int_equal(fake_kernel.posted, vmx_caps.pin & PIN_POSTED);
    assert_int_equal(p->mail.on, 1);
    assert_int_equal(p->mail.pir[0], ~0xffffull);
    assert_true(vmx_vcpu_wakeable(p));
    assert_int_equal(p->mail.on, 0);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(p->mail.pir[i], 0);
    assert_int_equal(vlapic_requested(p), 255);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(*apic_reg(p, APIC_IRR + 16 * i), i == 0 ? 0xffff0000u : ~0u);
    apic_send_ipi(v, 0x99, 1);
    assert_int_equal(fake_kernel.notified, 2);
    apic_send_ipi(v, 0x99, 0); /* to itself: no mail */
    assert_int_equal(fake_kernel.notified, 2);
}

/* A CPU that takes posted interrupts by itself must not clear what it does not take: NMIs and levels. */
static void test_level_and_nmi(void **state)
{
    (void)state;
    struct vmx_vcpu *p = peer[2];
    assert_int_equal(vmx_message(v->peers, 0x61 | APIC_ICR_LEVEL, 2), 1);
    assert_false(fake_kernel.posted);
    assert_int_equal(p->mail.on | p->mail.pir[1], 0);
    mail_take(p);
    assert_true(*apic_reg(p, APIC_TMR + 0x30) >> 1 & 1);
    assert_int_equal(who(0x61), 4);
    apic_send_ipi(v, APIC_ICR_LEVEL | APIC_ICR_ASSERT | 0x61, 2); /* IPIs are edges whatever they say */
    assert_int_equal(who(0x61), 4);
    assert_false(*apic_reg(p, APIC_TMR + 0x30) >> 1 & 1);
    p->halt_if = false;
    assert_false(vmx_vcpu_wakeable(p));
    fake_kernel.posted = true;
    apic_send_ipi(v, APIC_MODE_NMI, 2);
    assert_false(fake_kernel.posted);
    assert_true(vmx_vcpu_wakeable(p));
    assert_true(p->pending & PENDING_NMI);
}

static void test_vmm_is_told(void **state)
{
    (void)state;
    apic_send_ipi(v, APIC_MODE_INIT | APIC_ICR_ASSERT | APIC_ICR_OTHERS, 0);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake_kernel.why, LEAVE_VMM);
    assert_int_equal(v->page->exit.kind, EXIT_IPI);
    assert_int_equal(v->page->exit.detail, APIC_MODE_INIT | APIC_ICR_ASSERT | APIC_ICR_OTHERS);
    assert_int_equal(v->page->exit.targets, 0x3e);
    apic_send_ipi(v, APIC_MODE_STARTUP | 0x70, 4);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(v->page->exit.targets, 1u << 4);
    assert_int_equal(fake_kernel.notified, 0);
}

static void test_one_clock(void **state)
{
    (void)state;
    struct vcpu_state s;
    struct vmx_vcpu *late = peer[1];

    vmx_vcpu_get_state(v, &s);
    s.tsc = 12345;
    assert_int_equal(vmx_vcpu_set_state(v, &s), OK);
    assert_int_equal(fake.tsc + v->tsc_offset, 12345);
    assert_int_equal(v->peers->tsc_offset, v->tsc_offset);
    v->id = 1; /* another vCPU joins, whatever it asks for */
    v->tsc_adjust = 77;
    s.tsc = 99;
    assert_int_equal(vmx_vcpu_set_state(v, &s), OK);
    assert_int_equal(v->tsc_offset, v->peers->tsc_offset);
    assert_int_equal(fake.tsc + v->tsc_offset, 12345);
    assert_int_equal(v->tsc_adjust, 0);
    assert_ptr_equal(late->peers, v->peers);
}

int main(void)
{
    static int apicv;
#define BOTH(name) cmocka_unit_test_setup_teardown(name, setup, teardown), \
        cmocka_unit_test_prestate_setup_teardown(name, setup, teardown, &apicv)
    const struct CMUnitTest tests[] = {
        BOTH(test_destinations), BOTH(test_clusters), BOTH(test_lowest), BOTH(test_mailbox), BOTH(test_level_and_nmi),
        BOTH(test_vmm_is_told), BOTH(test_one_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
