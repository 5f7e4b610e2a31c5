/* SPDX-License-Identifier: MIT */
/* Page walks of all paging modes: addresses, permissions, error codes, accessed and dirty bits. */
// sources: vmm/walk.c vmm/mem.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <hw/emulate.h>
#include <vmm/walk.h>

static uint8_t ram[0x10000];
static struct mem mem;
static struct walk_space space;
static uint64_t gpa;
static uint32_t error;

static uint64_t *entry8(uint64_t table, unsigned index)
{
    return (uint64_t *)(ram + table) + index;
}

static uint32_t *entry4(uint64_t table, unsigned index)
{
    return (uint32_t *)(ram + table) + index;
}

static int setup(void **state)
{
    (void)state;
    memset(ram, 0, sizeof(ram));
    mem_init(&mem, ram, sizeof(ram));
    space = (struct walk_space){ .mem = &mem, .cr0 = CR0_PE | CR0_PG | CR0_WP, .cr3 = 0x1000, .rflags = 2,
                                 .phys_bits = 40 };
    return 0;
}

#define ALL (PTE_P | PTE_W | PTE_U)

static void four_level(void)
{
    space.cr4 = CR4_PAE;
    space.efer = EFER_LME | EFER_LMA | EFER_NXE;
    *entry8(0x1000, 0) = 0x2000 | ALL;
    *entry8(0x2000, 0) = 0x3000 | ALL;
    *entry8(0x2000, 1) = 1ull << 30 | ALL | PTE_PS;
    *entry8(0x3000, 0) = 0x4000 | ALL;
    *entry8(0x3000, 1) = 0x600000 | ALL | PTE_PS;
    *entry8(0x4000, 5) = 0x9000 | ALL;
}

static bool walk(uint64_t linear, unsigned access)
{
    error = 0;
    return walk_translate(&space, linear, access, &gpa, &error);
}

static void test_no_paging(void **state)
{
    (void)state;
    space.cr0 = CR0_PE;
    assert_true(walk(0x123456789, WALK_WRITE));
    assert_int_equal(gpa, 0x23456789);
}

static void test_four_levels_and_large_pages(void **state)
{
    (void)state;
    four_level();
    assert_true(walk(0x5123, 0));
    assert_int_equal(gpa, 0x9123);
    assert_int_equal(*entry8(0x4000, 5), 0x9000 | ALL | PTE_A);
    assert_int_equal(*entry8(0x1000, 0), 0x2000 | ALL | PTE_A);
    assert_true(walk(0x5123, WALK_WRITE | WALK_USER));
    assert_int_equal(*entry8(0x4000, 5), 0x9000 | ALL | PTE_A | PTE_D);
    assert_true(walk(0x2abcde, WALK_EXEC));
    assert_int_equal(gpa, 0x6abcde);
    assert_true(walk(0x40123456, WALK_WRITE));
    assert_int_equal(gpa, 0x40123456);
    assert_int_equal(*entry8(0x2000, 1) & (PTE_A | PTE_D), PTE_A | PTE_D);
}

static void test_not_present(void **state)
{
    (void)state;
    four_level();
    assert_false(walk(0x6000, WALK_WRITE | WALK_USER));
    assert_int_equal(error, 6);
    assert_false(walk(0x6000, WALK_EXEC));
    assert_int_equal(error, 0x10);
    space.efer &= ~EFER_NXE;
    assert_false(walk(0x6000, WALK_EXEC));
    assert_int_equal(error, 0);
    assert_int_equal(*entry8(0x4000, 6), 0);
}

static void test_permissions(void **state)
{
    (void)state;
    four_level();
    *entry8(0x4000, 5) &= ~PTE_W;
    assert_false(walk(0x5000, WALK_WRITE));
    assert_int_equal(error, 3);
    assert_int_equal(*entry8(0x4000, 5) & PTE_D, 0);
    space.cr0 &= ~CR0_WP;
    assert_true(walk(0x5000, WALK_WRITE));
    assert_false(walk(0x5000, WALK_WRITE | WALK_USER));
    assert_int_equal(error, 7);
    *entry8(0x2000, 0) &= ~PTE_U;
    assert_false(walk(0x5000, WALK_USER));
    assert_int_equal(error, 5);
    *entry8(0x3000, 0) |= PTE_NX;
    assert_false(walk(0x5000, WALK_EXEC));
    assert_int_equal(error, 0x11);
}

static void test_smep_and_smap(void **state)
{
    (void)state;
    four_level();
    space.cr4 |= CR4_SMEP;
    assert_false(walk(0x5000, WALK_EXEC));
    assert_true(walk(0x5000, WALK_EXEC | WALK_USER));
    assert_true(walk(0x5000, WALK_WRITE));
    space.cr4 |= CR4_SMAP;
    assert_false(walk(0x5000, 0));
    assert_int_equal(error, 1);
    space.rflags |= RFLAGS_AC;
    assert_true(walk(0x5000, 0));
}

static void test_reserved_bits(void **state)
{
    (void)state;
    four_level();
    *entry8(0x4000, 5) |= 1ull << 45;
    assert_false(walk(0x5000, 0));
    assert_int_equal(error, 9);
    four_level();
    *entry8(0x1000, 0) |= PTE_PS;
    assert_false(walk(0x5000, 0));
    four_level();
    *entry8(0x3000, 1) |= 1 << 14;
    assert_false(walk(0x200000, WALK_WRITE));
    assert_int_equal(error, 11);
    four_level();
    space.efer &= ~EFER_NXE;
    *entry8(0x4000, 5) |= PTE_NX;
    assert_false(walk(0x5000, 0));
    assert_int_equal(error, 9);
    /* tables in no memory read as all ones, which has reserved bits */
    four_level();
    *entry8(0x2000, 0) = 0xd0000000 | ALL;
    assert_false(walk(0x5000, 0));
    assert_int_equal(error, 9);
}

static void test_pae(void **state)
{
    (void)state;
    space.cr4 = CR4_PAE;
    space.cr3 = 0x1020;
    *entry8(0x1020, 3) = 0x2000 | PTE_P;
    *entry8(0x2000, 0) = 0x3000 | ALL;
    *entry8(0x2000, 1) = 0x400000 | ALL | PTE_PS;
    *entry8(0x3000, 1) = 0x100009000ull | ALL;
    assert_true(walk(0xc0001010, WALK_WRITE));
    assert_int_equal(gpa, 0x100009010ull);
    assert_int_equal(*entry8(0x1020, 3), 0x2000 | PTE_P); /* PDPTEs have no accessed bit */
    assert_true(walk(0xc0212345, WALK_USER));
    assert_int_equal(gpa, 0x412345);
    assert_false(walk(0, 0));
    *entry8(0x1020, 3) |= PTE_W;
    assert_false(walk(0xc0001010, 0));
    assert_int_equal(error, 9);
}

static void test_32_bit(void **state)
{
    (void)state;
    *entry4(0x1000, 1) = 0x2000 | ALL;
    *entry4(0x2000, 2) = 0x7000 | ALL;
    *entry4(0x1000, 2) = 0x00400000 | ALL | PTE_PS | 3 << 13;
    assert_true(walk(0x402004, WALK_WRITE));
    assert_int_equal(gpa, 0x7004);
    assert_int_equal(*entry4(0x2000, 2), 0x7000 | ALL | PTE_A | PTE_D);
    space.cr4 = CR4_PSE;
    assert_true(walk(0x812345, 0));
    assert_int_equal(gpa, 0x300412345ull);
    *entry4(0x1000, 2) |= 1 << 21;
    assert_false(walk(0x812345, 0));
    assert_int_equal(error, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_no_paging, setup),
        cmocka_unit_test_setup(test_four_levels_and_large_pages, setup),
        cmocka_unit_test_setup(test_not_present, setup),
        cmocka_unit_test_setup(test_permissions, setup),
        cmocka_unit_test_setup(test_smep_and_smap, setup),
        cmocka_unit_test_setup(test_reserved_bits, setup),
        cmocka_unit_test_setup(test_pae, setup),
        cmocka_unit_test_setup(test_32_bit, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
