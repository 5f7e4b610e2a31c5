/* SPDX-License-Identifier: MIT */
/* Handle tables: slots, quotas, and objects that take all their names along when they go. */
// sources: kernel/handle.c kernel/kmem.c lib/string.c tests/fake/ring0.c
#include <fake/ring0.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <kernel/part.h>

#define LIMIT   (HANDLE_FIRST + HANDLE_PAGES * HANDLES_PER_PAGE)
#define PARTS   4u
#define OBJECTS 20u

static struct part part[PARTS];
static unsigned released; /* calls of mem_release_if_unused */

void mem_release_if_unused(struct mem *mem)
{
    released += mem->object.handle_count == 0;
}

static int setup(void **state)
{
    (void)state;
    memset(part, 0, sizeof(part));
    fake_pool_make(&part[0].account, 100);
    for (unsigned i = 1; i < PARTS; i++)
        part[i].account.quota = 100;
    released = 0;
    return 0;
}

static void test_slots(void **state)
{
    struct object object = { .type = OBJECT_MEM }, thread = { .type = OBJECT_THREAD };

    (void)state;
    assert_int_equal(handle_add(&part[0], 0, &object, RIGHT_READ, 7), H_FIRST_FREE);
    assert_int_equal(handle_add(&part[0], H_MEMORY, &object, 0, 0), H_MEMORY);
    assert_int_equal(handle_add(&part[0], H_MEMORY, &thread, 0, 0), ERR_EXISTS);
    assert_int_equal(handle_add(&part[0], LIMIT, &thread, 0, 0), ERR_FULL);
    assert_int_equal(handle_add(&part[0], ~0ull, &thread, 0, 0), ERR_FULL);
    assert_int_equal(handle_add(&part[0], LIMIT - 1, &thread, 0, 0), LIMIT - 1);
    assert_int_equal(part[0].account.used, 1);
    assert_int_equal(object.handle_count, 2);
    struct handle *h = handle_find(&part[0], H_FIRST_FREE, OBJECT_MEM);
    assert_non_null(h);
    assert_int_equal(h->rights, RIGHT_READ);
    assert_int_equal(h->data, 7);
    assert_null(handle_find(&part[0], H_FIRST_FREE, OBJECT_THREAD));
    assert_null(handle_find(&part[0], 0, OBJECT_MEM));
    assert_null(handle_find(&part[0], H_FIRST_FREE + 1, OBJECT_MEM));
    assert_null(handle_find(&part[0], HANDLE_FIRST, OBJECT_MEM)); // a page that is not there
    assert_null(handle_find(&part[0], LIMIT, OBJECT_MEM));
    assert_null(handle_find(&part[0], ~0ull, OBJECT_MEM));
}

/* Tables that are not there lie between those that are. */
static void test_sparse_table(void **state)
{
    static const uint64_t slots[] = { 1, HANDLE_FIRST + HANDLES_PER_PAGE, HANDLE_FIRST + 4 * HANDLES_PER_PAGE - 1,
                                      HANDLE_FIRST + 6 * HANDLES_PER_PAGE };
    struct object object = { .type = OBJECT_THREAD };

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(handle_add(&part[0], slots[i], &object, 0, 0), slots[i]);
        assert_int_equal(handle_count(&part[0]), i + 1);
    }
    assert_true(handle_close_some(&part[0]));
    assert_int_equal(object.handle_count, 0);
    assert_int_equal(part[0].account.used, 0);
}

static void test_full_table(void **state)
{
    struct object object = { .type = OBJECT_THREAD };
    uint64_t count = 0;

    (void)state;
    part[0].account.quota = 2;
    while (handle_add(&part[0], 0, &object, 0, 0) > 0)
        count++;
    assert_int_equal(count, HANDLE_FIRST - H_FIRST_FREE + 2 * HANDLES_PER_PAGE);
    assert_int_equal(handle_add(&part[0], 0, &object, 0, 0), ERR_NO_KMEM);
    part[0].account.quota = 100;
    while (handle_add(&part[0], 0, &object, 0, 0) > 0)
        count++;
    assert_int_equal(count, LIMIT - H_FIRST_FREE);
    assert_int_equal(handle_add(&part[0], 0, &object, 0, 0), ERR_FULL);
    handle_remove(handle_find(&part[0], 1000, OBJECT_THREAD));
    assert_int_equal(handle_add(&part[0], 0, &object, 0, 0), 1000);
    unsigned steps = 1;
    while (!handle_close_some(&part[0]))
        steps++;
    assert_true(steps > LIMIT / 70);
    assert_int_equal(part[0].account.used, 0);
    assert_int_equal(object.handle_count, 0);
    assert_null(object.handles);
}

/* Random handles of several partitions to several objects against a plain table. */
static void test_random(void **state)
{
    static struct mem mem[OBJECTS];
    static int model[PARTS][LIMIT]; /* object number + 1 */
    unsigned gone = 0;

    (void)state;
    memset(mem, 0, sizeof(mem));
    for (unsigned i = 0; i < OBJECTS; i++)
        mem[i].object.type = OBJECT_MEM;
    srand(4);
    for (unsigned round = 0; round < 100000; round++) {
        unsigned p = (unsigned)rand() % PARTS, o = (unsigned)rand() % OBJECTS, slot = 1 + (unsigned)rand() % (LIMIT - 1);
        struct handle *h = handle_find(&part[p], slot, OBJECT_MEM);
        assert_ptr_equal(h ? h->object : NULL, model[p][slot] ? &mem[model[p][slot] - 1].object : NULL);
        if (h && rand() % 2) {
            gone += h->object->handle_count == 1;
            handle_remove(h);
            model[p][slot] = 0;
        } else if (rand() % 500 == 0) {
            handle_revoke_all(&mem[o].object);
            assert_int_equal(mem[o].object.handle_count, 0);
            for (unsigned i = 0; i < PARTS * LIMIT; i++)
                if (model[i / LIMIT][i % LIMIT] == (int)o + 1)
                    model[i / LIMIT][i % LIMIT] = 0;
        } else {
            int64_t got = handle_add(&part[p], slot, &mem[o].object, RIGHT_READ, round);
            assert_int_equal(got, h ? ERR_EXISTS : (int)slot);
            if (!h)
                model[p][slot] = (int)o + 1;
        }
        assert_int_equal(released, gone);
    }
    for (unsigned p = 0; p < PARTS; p++) {
        unsigned count = 0;
        for (unsigned slot = 0; slot < LIMIT; slot++)
            count += model[p][slot] != 0;
        assert_int_equal(handle_count(&part[p]), count);
        while (!handle_close_some(&part[p]))
            ;
        assert_int_equal(part[p].account.used, 0);
        assert_int_equal(handle_count(&part[p]), 0);
    }
    for (unsigned o = 0; o < OBJECTS; o++)
        assert_int_equal(mem[o].object.handle_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_slots, setup),
        cmocka_unit_test_setup(test_sparse_table, setup),
        cmocka_unit_test_setup(test_full_table, setup),
        cmocka_unit_test_setup(test_random, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
