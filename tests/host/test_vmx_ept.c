// sources: vmx/apicv.c vmx/bitmap.c boot/vtx_caps.c vmx/cpu.c vmx/ept.c vmx/exit.c vmx/exit_cpuid.c vmx/exit_cr.c vmx/exit_ept.c vmx/exit_event.c vmx/exit_io.c vmx/exit_msr.c vmx/inject.c vmx/request.c vmx/state.c vmx/vcpu.c vmx/vlapic.c vmx/vlapic_ipi.c vmx/vlapic_reg.c vmx/vlapic_timer.c vmx/vmcs_ctrl.c vmx/vmcs_guest.c vmx/vmcs_host.c vmx/vpid.c lib/fmt.c kernel/tables.c tests/fake/kernel.c tests/fake/x86.c
// flags: -include tests/fake/x86.h
/* SPDX-License-Identifier: MIT */
/* EPT tables, VPIDs and when translations are thrown away; the bitmaps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <hw/ept.h>
#include <hw/msr.h>
#include <stdlib.h>
#include <string.h>
#include <fake/kernel.h>
#include <boot/vtx_caps.h>
#include <vmx/caps.h>

#define RWX (MAP_READ | MAP_WRITE | MAP_EXEC)

static struct account owner;
static struct ept ept;

static int setup(void **state)
{
    struct vmx_caps caps;
    char missing[200];

    (void)state;
    fake_vmx_cpu(true);
    if (!vtx_probe(&caps, missing, sizeof(missing)))
        fail_msg("%s", missing);
    vmx_init(&caps);
    owner = (struct account){0, 20};
    assert_int_equal(ept_init(&ept, &owner), OK);
    return 0;
}

static unsigned leaves_gone;
static hpa_t last_gone;

static void gone(hpa_t page)
{
    leaves_gone++;
    last_gone = page;
}

static int teardown(void **state)
{
    (void)state;
    while (!tables_destroy(&ept.tables, gone))
        ;
    assert_int_equal(owner.pages, 0);
    assert_true(tables_destroy(&ept.tables, gone)); /* once more does no harm */
    return 0;
}

static enum status map(uint64_t gpa, uint64_t hpa, unsigned order, uint32_t prot)
{
    return tables_map(&ept.tables, gpa, hpa | ept_flags(prot), order, &(uint64_t){1});
}

static enum status unmap(uint64_t gpa, uint64_t *hpa, unsigned *order)
{
    hpa_t at = {0};
    uint64_t bytes = 1ull << 39;
    unsigned count = 1;
    enum status status = tables_unmap(&ept.tables, gpa, &bytes, &at, &count);

    *hpa = at.v;
    *order = (unsigned)__builtin_ctzl(bytes / PAGE_BYTES);
    return status == OK && count == 0 ? ERR_NOT_FOUND : status;
}

static void test_map_unmap(void **state)
{
    uint64_t hpa;
    unsigned order;

    (void)state;
    assert_int_equal(map(0x1000, 0x5000, EPT_ORDER_4K, RWX), OK);
    assert_int_equal(map(0x200000, 0x600000, EPT_ORDER_2M, MAP_READ), OK);
    assert_int_equal(map(0x40000000, 0x80000000, EPT_ORDER_1G, RWX), OK);
    assert_int_equal(ept.tables.pages, 4);
    assert_int_equal(map(0x1000, 0x5000, EPT_ORDER_4K, RWX), ERR_EXISTS);
    assert_int_equal(map(0x201000, 0x5000, EPT_ORDER_4K, RWX), ERR_EXISTS);
    assert_int_equal(map(0, 0x600000, EPT_ORDER_2M, RWX), ERR_EXISTS);
    assert_int_equal(unmap(0x1000, &hpa, &order), OK);
    assert_int_equal(hpa, 0x5000);
    assert_int_equal(order, EPT_ORDER_4K);
    assert_int_equal(unmap(0x200000, &hpa, &order), OK);
    assert_int_equal(hpa, 0x600000);
    assert_int_equal(order, EPT_ORDER_2M);
    assert_int_equal(unmap(0x40000000, &hpa, &order), OK);
    assert_int_equal(order, EPT_ORDER_1G);
}

static void test_leaf_bits(void **state)
{
    (void)state;
    assert_int_equal(map(0, 0x7000, EPT_ORDER_4K, MAP_READ | MAP_EXEC), OK);
    uint64_t *table = ept.tables.top;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(table[0] & 0xfff, EPT_READ | EPT_WRITE | EPT_EXEC);
        table = (uint64_t *)(uintptr_t)(table[0] & 0x000ffffffffff000ull);
    }
    assert_int_equal(table[0], 0x7000 | EPT_READ | EPT_EXEC | EPT_WB);
}

static void test_holes(void **state)
{
    uint64_t hpa;
    unsigned order;

    (void)state;
    assert_int_equal(unmap(0, &hpa, &order), ERR_NOT_FOUND);
    assert_int_equal(order, 27);
    assert_int_equal(map(0, 0, EPT_ORDER_4K, RWX), OK);
    assert_int_equal(unmap(0x1000, &hpa, &order), ERR_NOT_FOUND);
    assert_int_equal(order, EPT_ORDER_4K);
    assert_int_equal(unmap(0x200000, &hpa, &order), ERR_NOT_FOUND);
    assert_int_equal(order, EPT_ORDER_2M);
    assert_int_equal(unmap(0x40000000, &hpa, &order), ERR_NOT_FOUND);
    assert_int_equal(order, EPT_ORDER_1G);
}

static void test_max_order(void **state)
{
    (void)state;
    assert_int_equal(ept_max_order(), EPT_ORDER_1G);
    vmx_caps.ept_vpid &= ~EPT_CAP_1G;
    assert_int_equal(ept_max_order(), EPT_ORDER_2M);
    vmx_caps.ept_vpid &= ~EPT_CAP_2M;
    assert_int_equal(ept_max_order(), EPT_ORDER_4K);
}

static void test_quota(void **state)
{
    struct ept none;
    struct account poor = {0, 0};

    (void)state;
    assert_int_equal(ept_init(&none, &poor), ERR_NO_KMEM);
    owner.quota = 3;
    assert_int_equal(map(0, 0, EPT_ORDER_4K, RWX), ERR_NO_KMEM);
    owner.quota = 4;
    assert_int_equal(map(0, 0, EPT_ORDER_4K, RWX), OK); /* goes on where it stopped */
}

static void test_destroy_in_steps(void **state)
{
    (void)state;
    owner.quota = 300;
    leaves_gone = 0;
    assert_int_equal(map(1ull << 40, 3ull << 30, EPT_ORDER_1G, RWX), OK);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(map(i << 21, i << 12, EPT_ORDER_4K, RWX), OK);
    assert_int_equal(owner.pages, 104);
    assert_false(tables_destroy(&ept.tables, gone)); /* 128: two tables on the way, then a table and its leaf */
    assert_int_equal(leaves_gone, 63);
    assert_int_equal(last_gone.v, 62 << 12);
    assert_int_equal(owner.pages, 104 - 63);
    assert_true(tables_destroy(&ept.tables, gone));
    assert_int_equal(leaves_gone, 101);
    assert_int_equal(last_gone.v, 3ull << 30);
}

static void test_flush(void **state)
{
    (void)state;
    vmx_ept_flush(&ept);
    assert_int_equal(fake.inv_type, INVEPT_SINGLE);
    assert_int_equal(fake.inv.what, (uintptr_t)ept.tables.top | EPTP_WB | EPTP_4_LEVELS | EPTP_AD);
    vmx_caps.ept_vpid &= ~EPT_CAP_INVEPT_SINGLE;
    vmx_ept_flush(&ept);
    assert_int_equal(fake.inv_type, INVEPT_ALL);
}

/* An unmap reaches the CPU at the next entry; a vCPU that comes to another CPU starts clean there. */
static void test_entry_flushes(void **state)
{
    struct vmx_vcpu *v = fake_vm(true);

    (void)state;
    assert_int_equal(fake.invvpids, 1); /* first arrival */
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.invepts, 1);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.invepts, 1);
    v->ept->generation++;
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.invepts, 2);
    vmx_vcpu_unload(v);
    vmx_vcpu_load(v, false);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.invvpids, 1);
    assert_int_equal(fake.invepts, 2);
    vmx_vcpu_unload(v);
    fake_kernel.rsp += 0x4000; /* another CPU */
    vmx_vcpu_load(v, false);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.invvpids, 2);
    assert_int_equal(fake.invepts, 3);
    fake_vm_free(v);
}

static void test_vpids_wrap(void **state)
{
    struct vmx_vcpu v = {0};
    unsigned before = fake.invvpids;

    (void)state;
    uint16_t first = vpid_alloc();
    assert_int_not_equal(first, 0);
    v.vpid = first;
    vpid_enter_cpu(&v, false);
    assert_int_equal(fake.invvpids, before);
    for (unsigned i = 0; i < 0x10000; i++)
        assert_int_not_equal(vpid_alloc(), 0);
    vpid_enter_cpu(&v, false);
    assert_int_equal(fake.invvpids, before + 1);
    assert_int_equal(fake.inv_type, INVVPID_SINGLE);
    assert_int_equal(fake.inv.what, first);
    vmx_caps.proc2 &= ~PROC2_VPID;
    assert_int_equal(vpid_alloc(), 0);
}

static bool exits(const uint8_t *map, uint32_t msr, bool write)
{
    uint32_t bit = (msr & 0x1fff) + (msr >> 31 ? 0x2000 : 0) + (write ? 0x4000 : 0);

    return map[bit / 8] >> bit % 8 & 1;
}

static void test_bitmaps(void **state)
{
    static uint8_t a[4096], b[4096], plain[4096], x2apic[4096];
    unsigned open = 0;

    (void)state;
    vmx_bitmaps_init(a, b, plain, x2apic);
    for (unsigned i = 0; i < 4096; i++)
        assert_true(a[i] == 0xff && b[i] == 0xff);
    for (unsigned i = 0; i < 4096 * 8; i++)
        open += !(plain[i / 8] >> i % 8 & 1);
    assert_int_equal(open, 1 + 2 * (3 + 4 + 3 + 1));
    assert_false(exits(plain, MSR_TSC, false));
    assert_true(exits(plain, MSR_TSC, true));
    assert_false(exits(plain, MSR_LSTAR, true));
    assert_false(exits(plain, MSR_TSC_AUX, true));
    assert_true(exits(plain, MSR_EFER, false));
    assert_true(exits(plain, 0x80b, true));
    assert_false(exits(x2apic, 0x80b, true));
    assert_true(exits(x2apic, 0x80b, false));
    assert_true(exits(x2apic, 0x839, false));
    assert_true(exits(x2apic, 0x830, true));
    vmx_caps.proc2 &= ~PROC2_RDTSCP; /* then nothing switches TSC_AUX */
    vmx_bitmaps_init(a, b, plain, x2apic);
    assert_true(exits(plain, MSR_TSC_AUX, true));
    assert_true(exits(plain, MSR_TSC_AUX, false));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_map_unmap), TEST(test_leaf_bits), TEST(test_holes), TEST(test_max_order), TEST(test_quota),
        TEST(test_destroy_in_steps), TEST(test_flush), TEST(test_entry_flushes), TEST(test_vpids_wrap), TEST(test_bitmaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
