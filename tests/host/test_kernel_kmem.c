/* SPDX-License-Identifier: MIT */
/* The kernel pool: quotas, zeroed pages, small objects. */
// sources: kernel/kmem.c lib/string.c tests/fake/ring0.c
#include <fake/ring0.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define POOL_PAGES (FAKE_POOL_BYTES / PAGE_BYTES)

static bool zero(const void *at, size_t bytes)
{
    const uint8_t *byte = at;

    for (size_t i = 0; i < bytes; i++)
        if (byte[i])
            return false;
    return true;
}

static void test_pages(void **state)
{
    static void *page[POOL_PAGES];
    struct account account;

    (void)state;
    fake_pool_make(&account, POOL_PAGES + 10);
    assert_int_equal(kmem_free_pages(), POOL_PAGES);
    for (unsigned i = 0; i < POOL_PAGES; i++) {
        page[i] = sys_page_alloc(&account);
        assert_non_null(page[i]);
        assert_true(zero(page[i], PAGE_BYTES));
        memset(page[i], (int)i, PAGE_BYTES);
        assert_ptr_equal(sys_page_va(sys_page_hpa(page[i])), page[i]);
        assert_in_range(sys_page_hpa(page[i]).v, FAKE_POOL_BASE, FAKE_POOL_BASE + FAKE_POOL_BYTES - PAGE_BYTES);
    }
    assert_null(sys_page_alloc(&account)); // quota is left, the pool is empty
    assert_int_equal(account.used, POOL_PAGES);
    for (unsigned i = 0; i < POOL_PAGES; i++) {
        assert_int_equal(*(uint8_t *)page[i], (uint8_t)i); // nobody else wrote there
        sys_page_free(&account, page[i]);
    }
    assert_int_equal(account.used, 0);
    assert_int_equal(kmem_free_pages(), POOL_PAGES);
    assert_true(zero(sys_page_alloc(&account), PAGE_BYTES));
}

/* What was freed is cleared when there is time; nothing is cleared twice. */
static void test_clearing(void **state)
{
    struct account account;
    uint8_t *page;

    (void)state;
    fake_pool_make(&account, 10);
    for (unsigned i = 0; i < POOL_PAGES; i++)
        assert_true(kmem_clean());
    assert_false(kmem_clean());
    page = sys_page_alloc(&account);
    memset(page, 0x5a, PAGE_BYTES);
    sys_page_free(&account, page);
    assert_true(kmem_clean());
    assert_true(zero(page + 8, PAGE_BYTES - 8)); // but for the link
    assert_false(kmem_clean());
    assert_int_equal(kmem_free_pages(), POOL_PAGES);
    for (unsigned i = 0; i < 10; i++)
        assert_true(zero(sys_page_alloc(&account), PAGE_BYTES));
}

static void test_quota(void **state)
{
    struct account one, other = { .quota = 1 };
    void *page;

    (void)state;
    fake_pool_make(&one, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_non_null(page = sys_page_alloc(&one));
    assert_null(sys_page_alloc(&one));
    assert_null(kmem_small_alloc(&one));
    assert_non_null(sys_page_alloc(&other)); // one's limit is not the other's
    sys_page_free(&one, page);
    assert_non_null(kmem_small_alloc(&one));
    assert_int_equal(one.used, 3);
}

static void test_small_objects(void **state)
{
    enum { COUNT = 300 };
    static uint8_t *object[COUNT];
    struct account account;

    (void)state;
    fake_pool_make(&account, 20);
    srand(3);
    for (unsigned round = 0; round < 50000; round++) {
        unsigned i = (unsigned)rand() % COUNT;
        if (object[i]) {
            for (unsigned k = 0; k < SLAB_BYTES; k++)
                assert_int_equal(object[i][k], (uint8_t)i);
            kmem_small_free(&account, object[i]);
            object[i] = NULL;
        } else {
            object[i] = kmem_small_alloc(&account);
            assert_non_null(object[i]);
            assert_true(zero(object[i], SLAB_BYTES));
            memset(object[i], (int)i, SLAB_BYTES);
        }
        assert_in_range(account.used, 0, COUNT);
    }
    for (unsigned i = 0; i < COUNT; i++)
        if (object[i])
            kmem_small_free(&account, object[i]);
    assert_int_equal(account.used, 0);
    assert_null(account.slab);
    assert_int_equal(kmem_free_pages(), POOL_PAGES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages), cmocka_unit_test(test_clearing), cmocka_unit_test(test_quota), cmocka_unit_test(test_small_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
