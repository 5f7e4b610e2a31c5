/* SPDX-License-Identifier: MIT */
/* The byte ring between two parties, one of which may lie about its index. */
// sources: lib/ring.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <lib/ring.h>

#define SIZE 64u

static struct ring shared;
static uint8_t data[SIZE];
static struct ring_side writer, reader;

static int setup(void **state)
{
    (void)state;
    memset(&shared, 0, sizeof(shared));
    memset(data, 0, sizeof(data));
    ring_writer_init(&writer, &shared, data, SIZE);
    ring_reader_init(&reader, &shared, data, SIZE);
    return 0;
}

static void test_bytes_come_out_as_they_went_in(void **state)
{
    uint8_t in = 0, out = 0;

    (void)state;
    srand(1);
    for (int i = 0; i < 10000; i++) {
        uint8_t chunk[SIZE * 2];
        uint32_t want = (uint32_t)rand() % sizeof(chunk);
        uint32_t room = ring_room(&writer), done;

        for (uint32_t k = 0; k < want; k++)
            chunk[k] = (uint8_t)(in + k);
        done = ring_write(&writer, chunk, want);
        assert_int_equal(done, want < room ? want : room);
        in = (uint8_t)(in + done);
        done = ring_read(&reader, chunk, (uint32_t)rand() % sizeof(chunk));
        for (uint32_t k = 0; k < done; k++)
            assert_int_equal(chunk[k], out++);
    }
}

static void test_index_wraps(void **state)
{
    uint8_t byte = 7;

    (void)state;
    shared.head = shared.tail = 0xfffffffe;
    ring_writer_init(&writer, &shared, data, SIZE);
    ring_reader_init(&reader, &shared, data, SIZE);
    for (int i = 0; i < 5; i++)
        assert_int_equal(ring_write(&writer, &byte, 1), 1);
    assert_int_equal(shared.head, 3);
    assert_int_equal(ring_used(&reader), 5);
}

static void test_lying_writer(void **state)
{
    uint8_t out[4 * SIZE];

    (void)state;
    shared.head = 0x80000000;
    assert_int_equal(ring_used(&reader), SIZE);
    assert_int_equal(ring_read(&reader, out, sizeof(out)), SIZE);
    shared.tail = 12345; /* not ours to read back */
    assert_int_equal(reader.index, SIZE);
}

static void test_lying_reader(void **state)
{
    uint8_t in[2 * SIZE] = { 0 };

    (void)state;
    shared.tail = 0x12345678;
    assert_int_equal(ring_room(&writer), 0);
    assert_int_equal(ring_write(&writer, in, sizeof(in)), 0);
    shared.tail = 0;
    shared.head = 99;
    assert_int_equal(ring_write(&writer, in, sizeof(in)), SIZE);
    assert_int_equal(shared.head, SIZE);
}

static void test_idle_reader_is_told(void **state)
{
    uint8_t bytes[10] = { 0 };

    (void)state;
    ring_write(&writer, bytes, 10);
    assert_true(ring_reader_was_idle(&writer, 10));
    ring_write(&writer, bytes, 10);
    assert_false(ring_reader_was_idle(&writer, 10));
    ring_read(&reader, bytes, 10);
    ring_read(&reader, bytes, 10);
    ring_write(&writer, bytes, 1);
    assert_true(ring_reader_was_idle(&writer, 1));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_bytes_come_out_as_they_went_in, setup),
        cmocka_unit_test_setup(test_index_wraps, setup),
        cmocka_unit_test_setup(test_lying_writer, setup),
        cmocka_unit_test_setup(test_lying_reader, setup),
        cmocka_unit_test_setup(test_idle_reader_is_told, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
