// sources: lib/acpi_srat.c lib/acpi_tables.c lib/acpi_madt.c lib/acpi_fadt.c
/* SPDX-License-Identifier: MIT */
/*
 * ACPI table readers: well-formed tables, old short ones, and damaged ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <lib/acpi_tables.h>

static void put(uint8_t *at, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static void fix_sum(uint8_t *p, unsigned bytes, unsigned at)
{
    uint8_t sum = 0;

    p[at] = 0;
    for (unsigned i = 0; i < bytes; i++)
        sum = (uint8_t)(sum + p[i]);
    p[at] = (uint8_t)-sum;
}

static uint8_t *table(const char *signature, uint32_t bytes)
{
    uint8_t *t = calloc(1, bytes);

    memcpy(t, signature, 4);
    put(t + 4, bytes, 4);
    fix_sum(t, bytes, 9);
    return t;
}

static void test_table_good(void **state)
{
    (void)state;
    uint8_t *t = table("APIC", 60);

    assert_true(acpi_table_good(t, 60));
    assert_true(acpi_table_good(t, 1000));
    assert_false(acpi_table_good(t, 59));
    assert_false(acpi_table_good(t, 35));
    assert_true(acpi_table_is(t, "APIC"));
    assert_false(acpi_table_is(t, "FACP"));
    t[50] ^= 1;
    assert_false(acpi_table_good(t, 60));
    put(t + 4, 35, 4);
    assert_false(acpi_table_good(t, 60));
    free(t);
}

static void test_rsdp(void **state)
{
    (void)state;
    uint8_t p[36] = "RSD PTR ";
    uint64_t root;
    uint32_t entry;

    put(p + 16, 0x1234000, 4);
    fix_sum(p, 20, 8);
    assert_true(acpi_rsdp_root(p, &root, &entry));
    assert_int_equal(root, 0x1234000);
    assert_int_equal(entry, 4);

    p[15] = 2;
    put(p + 20, 36, 4);
    put(p + 24, 0x123456789000, 8);
    fix_sum(p, 20, 8);
    fix_sum(p, 36, 32);
    assert_true(acpi_rsdp_root(p, &root, &entry));
    assert_int_equal(root, 0x123456789000);
    assert_int_equal(entry, 8);

    p[33] ^= 1; /* the extended part is damaged: the old one still counts */
    assert_true(acpi_rsdp_root(p, &root, &entry));
    assert_int_equal(entry, 4);
    p[8] ^= 1;
    assert_false(acpi_rsdp_root(p, &root, &entry));
    p[0] = 'X';
    assert_false(acpi_rsdp_root(p, &root, &entry));
}

static void test_root(void **state)
{
    (void)state;
    uint8_t *t = table("XSDT", 36 + 16 + 3);

    put(t + 36, 0x1111, 8);
    put(t + 44, 0x222233334444, 8);
    assert_int_equal(acpi_root_count(t, 8), 2);
    assert_int_equal(acpi_root_entry(t, 8, 1), 0x222233334444);
    assert_int_equal(acpi_root_count(t, 4), 4);
    assert_int_equal(acpi_root_entry(t, 4, 2), 0x33334444);
    free(t);
}

static uint8_t *madt_add(uint8_t *at, uint8_t type, uint8_t bytes)
{
    at[0] = type;
    at[1] = bytes;
    return at + bytes;
}

static void test_madt(void **state)
{
    (void)state;
    uint8_t *t = table("APIC", 44 + 8 * 3 + 16 * 2 + 12 + 10 + 10);
    uint8_t *p = t + 44;
    struct acpi_madt m;

    p[3] = 0, put(p + 4, 1, 4), p = madt_add(p, 0, 8);
    p[3] = 2, put(p + 4, 1, 4), p = madt_add(p, 0, 8);
    p[3] = 3, put(p + 4, 0, 4), p = madt_add(p, 0, 8);          /* not enabled */
    put(p + 4, 2, 4), put(p + 8, 1, 4), p = madt_add(p, 9, 16); /* again, as x2APIC */
    put(p + 4, 300, 4), put(p + 8, 1, 4), p = madt_add(p, 9, 16);
    put(p + 4, 0xfec00000, 4), put(p + 8, 24, 4), p = madt_add(p, 1, 12);
    p[3] = 0, put(p + 4, 2, 4), p = madt_add(p, 2, 10);
    p[3] = 9, put(p + 4, 9, 4), put(p + 8, 0xd, 2), madt_add(p, 2, 10);

    acpi_madt_read(t, &m);
    assert_int_equal(m.cpu_count, 3);
    assert_int_equal(m.cpu[0], 0);
    assert_int_equal(m.cpu[1], 2);
    assert_int_equal(m.cpu[2], 300);
    assert_int_equal(m.ioapic_count, 1);
    assert_int_equal(m.ioapic[0].base, 0xfec00000);
    assert_int_equal(m.ioapic[0].gsi_base, 24);
    assert_int_equal(m.isa[0].gsi, 2);
    assert_int_equal(m.isa[9].flags, 0xd);
    assert_int_equal(m.isa[15].gsi, 15);
    free(t);
}

static void test_madt_damaged(void **state)
{
    (void)state;
    uint8_t *t = table("APIC", 44 + 8 + 3);
    struct acpi_madt m;

    put(t + 48, 1, 4), madt_add(t + 44, 0, 8);
    madt_add(t + 52, 0, 8); /* leaves the table */
    acpi_madt_read(t, &m);
    assert_int_equal(m.cpu_count, 1);
    t[45] = 0; /* would never move on */
    acpi_madt_read(t, &m);
    assert_int_equal(m.cpu_count, 0);
    t[45] = 4; /* too short for what it says it is */
    acpi_madt_read(t, &m);
    assert_int_equal(m.cpu_count, 0);
    free(t);
}

static uint8_t *near_add(uint8_t *at, bool x2, uint32_t id, uint32_t domain, uint32_t flags)
{
    if (x2) {
        put(at + 4, domain, 4), put(at + 8, id, 4), put(at + 12, flags, 4);
        return madt_add(at, 2, 24);
    }
    at[2] = (uint8_t)domain, at[3] = (uint8_t)id, put(at + 4, flags, 4), put(at + 9, domain >> 8, 3);
    return madt_add(at, 0, 16);
}

static void test_srat(void **state)
{
    (void)state;
    uint8_t *t = table("SRAT", 48 + 16 * 3 + 24 * 2 + 40);
    uint8_t *p = t + 48;
    struct acpi_srat s;

    p = near_add(p, false, 0, 0x01020304, 1);
    p = near_add(p, false, 1, 7, 1);
    p = near_add(p, false, 2, 7, 0); /* not enabled */
    p = madt_add(p, 1, 40);          /* memory */
    p = near_add(p, true, 300, 0x01020304, 1);
    near_add(p, true, 301, 0x020304, 1);
    acpi_srat_read(t, &s);
    assert_int_equal(s.cpu_count, 4);
    assert_int_equal(s.node_count, 3);
    assert_int_equal(s.domain[0], 0x01020304);
    assert_int_equal(acpi_srat_node(&s, 0), 0);
    assert_int_equal(acpi_srat_node(&s, 1), 1);
    assert_int_equal(acpi_srat_node(&s, 2), 0);
    assert_int_equal(acpi_srat_node(&s, 300), 0);
    assert_int_equal(acpi_srat_node(&s, 301), 2);
    t[49] = 0; /* would never move on */
    acpi_srat_read(t, &s);
    assert_int_equal(s.cpu_count, 0);
    free(t);
}

static void test_srat_full(void **state)
{
    (void)state;
    unsigned cpus = ACPI_MAX_CPUS + 5;
    uint8_t *t = table("SRAT", 48 + 24 * cpus);
    uint8_t *p = t + 48;
    struct acpi_srat s;

    for (unsigned i = 0; i < cpus; i++)
        p = near_add(p, true, i, i / 2, 1);
    acpi_srat_read(t, &s);
    assert_int_equal(s.cpu_count, ACPI_MAX_CPUS);
    assert_int_equal(s.node_count, ACPI_MAX_NODES);
    assert_int_equal(acpi_srat_node(&s, 127), 63);
    assert_int_equal(acpi_srat_node(&s, 128), 0);
    free(t);
}

static void test_madt_full(void **state)
{
    (void)state;
    unsigned cpus = ACPI_MAX_CPUS + 5;
    uint8_t *t = table("APIC", 44 + 16 * cpus + 12 * 20);
    uint8_t *p = t + 44;
    struct acpi_madt m;

    for (unsigned i = 0; i < cpus; i++)
        put(p + 4, i, 4), put(p + 8, 1, 4), p = madt_add(p, 9, 16);
    for (unsigned i = 0; i < 20; i++)
        p = madt_add(p, 1, 12);
    acpi_madt_read(t, &m);
    assert_int_equal(m.cpu_count, ACPI_MAX_CPUS);
    assert_int_equal(m.cpus_left_out, 5);
    assert_int_equal(m.ioapic_count, ACPI_MAX_IOAPICS);
    free(t);
}

static void test_fadt_old(void **state)
{
    (void)state;
    uint8_t *t = table("FACP", 116);
    struct acpi_fadt f;

    put(t + 40, 0x7fe0000, 4);
    put(t + 48, 0xb2, 4);
    t[52] = 0xf1;
    put(t + 64, 0xb004, 4);
    put(t + 76, 0xb008, 4);
    put(t + 112, 1u << 10, 4); /* says reset register, but ends before it */
    acpi_fadt_read(t, &f);
    assert_int_equal(f.dsdt, 0x7fe0000);
    assert_int_equal(f.pm1a_cnt, 0xb004);
    assert_int_equal(f.pm1b_cnt, 0);
    assert_int_equal(f.pm_timer, 0xb008);
    assert_int_equal(f.pm_timer_bits, 24);
    assert_int_equal(f.smi_cmd, 0xb2);
    assert_int_equal(f.acpi_enable, 0xf1);
    assert_int_equal(f.reset_space, 0);
    free(t);
}

static void test_fadt_new(void **state)
{
    (void)state;
    uint8_t *t = table("FACP", 244);
    struct acpi_fadt f;

    put(t + 40, 0x1000, 4);
    put(t + 112, 1u << 10 | 1u << 8, 4);
    t[116] = 1, put(t + 120, 0xcf9, 8), t[128] = 6;
    put(t + 140, 0x100001000, 8);
    t[172] = 1, put(t + 176, 0x604, 8);
    t[184] = 0, put(t + 188, 0x604, 8); /* in memory space: no port */
    t[208] = 1, put(t + 212, 0x608, 8);
    acpi_fadt_read(t, &f);
    assert_int_equal(f.dsdt, 0x100001000);
    assert_int_equal(f.pm1a_cnt, 0x604);
    assert_int_equal(f.pm1b_cnt, 0);
    assert_int_equal(f.pm_timer, 0x608);
    assert_int_equal(f.pm_timer_bits, 32);
    assert_int_equal(f.reset_space, 1);
    assert_int_equal(f.reset_address, 0xcf9);
    assert_int_equal(f.reset_value, 6);

    t[116] = 0;
    acpi_fadt_read(t, &f);
    assert_int_equal(f.reset_space, 2);
    t[116] = 2; /* PCI configuration space: not supported here */
    acpi_fadt_read(t, &f);
    assert_int_equal(f.reset_space, 0);
    t[176] = 0, t[178] = 1; /* a port above 64 KiB */
    acpi_fadt_read(t, &f);
    assert_int_equal(f.pm1a_cnt, 0);
    free(t);
}

static bool s5(const char *aml, unsigned bytes, uint8_t *a, uint8_t *b)
{
    uint8_t *t = table("DSDT", 36 + 5 + bytes);

    memcpy(t + 36 + 5, aml, bytes);
    bool found = acpi_s5_find(t, a, b);
    free(t);
    return found;
}

static void test_s5(void **state)
{
    (void)state;
    uint8_t a = 0xff, b = 0xff;

    assert_true(s5("\x08_S5_\x12\x06\x04\x0a\x05\x0a\x06\x00\x00", 13, &a, &b));
    assert_int_equal(a, 5);
    assert_int_equal(b, 6);
    assert_true(s5("\x08\\_S5_\x12\x06\x04\x00\x01\x00\x00", 12, &a, &b));
    assert_int_equal(a, 0);
    assert_int_equal(b, 1);
    /* length in two bytes, values as words */
    assert_true(s5("\x08_S5_\x12\x4a\x00\x02\x0b\x07\x00\x0b\x07\x00", 15, &a, &b));
    assert_int_equal(a, 7);
    assert_int_equal(b, 7);
    /* one value only: it counts for both */
    assert_true(s5("\x08_S5_\x12\x04\x01\x0a\x03", 10, &a, &b));
    assert_int_equal(b, 3);
}

static void test_s5_absent(void **state)
{
    (void)state;
    uint8_t a, b;
    static const char good[] = "\x08_S5_\x12\x06\x04\x0a\x05\x0a\x06\x00\x00";

    assert_false(s5("\x08_S4_\x12\x06\x04\x0a\x05\x0a\x06\x00\x00", 13, &a, &b));
    assert_false(s5("\x10_S5_\x12\x06\x04\x0a\x05\x0a\x06\x00\x00", 13, &a, &b));
    assert_false(s5("\x08_S5_\x0a\x05\x00\x00\x00\x00\x00\x00\x00", 13, &a, &b));
    for (unsigned bytes = 0; bytes < 10; bytes++)
        assert_false(s5(good, bytes, &a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_good),   cmocka_unit_test(test_rsdp),
        cmocka_unit_test(test_root),         cmocka_unit_test(test_madt),
        cmocka_unit_test(test_madt_damaged), cmocka_unit_test(test_madt_full),
        cmocka_unit_test(test_srat),
        cmocka_unit_test(test_srat_full),
        cmocka_unit_test(test_fadt_old),     cmocka_unit_test(test_fadt_new),
        cmocka_unit_test(test_s5),           cmocka_unit_test(test_s5_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
