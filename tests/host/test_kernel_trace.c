/* SPDX-License-Identifier: MIT */
/* The trace ring of a CPU: order, overwriting, what a reader gets; figures of a CPU; who may ask. */
// sources: kernel/trace.c lib/string.c tests/fake/ring0.c kernel/kmem.c
#include <fake/ring0.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <kernel/syscall.h>
#include <kernel/trace.h>

#define RECORDS 64u

static struct part root;
static struct thread thread;
static struct trace_record ring[3 * RECORDS]; /* the one in the middle is ours */
static int timed = -1;

void vmx_time_exits(bool on) { timed = on; }

enum status copy_to_user(void *to, const void *from, uint64_t bytes)
{
    if (!to)
        return ERR_FAULT;
    memcpy(to, from, bytes);
    return OK;
}

static int setup(void **state)
{
    (void)state;
    memset(&fake_cpu, 0, sizeof(fake_cpu));
    memset(ring, 0xee, sizeof(ring));
    root.flags = RIGHT_MANAGE;
    thread.part = &root;
    thread.trace_id = 7ull << 32 | 2 << 8;
    fake_cpu.current = &thread;
    fake_cpu.index = 1; /* in the middle */
    cpus[1] = &fake_cpu;
    cpu_count = 2;
    trace_rings = ring;
    trace_size = RECORDS;
    trace_mask = 0;
    return 0;
}

static int64_t get(uint64_t position, struct trace_record *r)
{
    return call_trace_read(1, position, (uint64_t)r);
}

static void test_records(void **state)
{
    struct trace_record r;

    (void)state;
    trace(TRACE_WAKE, thread.trace_id, 3, 4, 5);
    assert_int_equal(fake_cpu.traced, 0); /* nothing is asked for */
    assert_int_equal(get(0, &r), 0);
    assert_int_equal(call_trace_control(1u << TRACE_WAKE), OK);
    assert_int_equal(timed, 0);
    fake_tsc = 1000;
    trace(TRACE_WAKE, thread.trace_id, 3, 4, 5);
    trace(TRACE_BLOCK, thread.trace_id, 3, 4, 5);
    assert_int_equal(fake_cpu.traced, 1);
    assert_int_equal(get(0, &r), 1);
    assert_true(r.tsc >= 1000 && r.value == 4 && r.duration == 5);
    assert_int_equal(r.what, 7ull << 32 | 3 << 16 | 2 << 8 | TRACE_WAKE);
    assert_int_equal(get(1, &r), 0);
    assert_int_equal(call_trace_control(1u << TRACE_EXIT), OK);
    assert_int_equal(timed, 1);
    assert_int_equal(call_trace_control(1u << TRACE_TYPES), ERR_INVALID);
    assert_int_equal(trace_mask, 1u << TRACE_EXIT);
}

/* The oldest go; the slot that is written next is told to nobody; neighbours stay untouched. */
static void test_overwriting(void **state)
{
    const uint8_t *bytes = (const uint8_t *)ring;
    struct trace_record r;

    (void)state;
    for (uint64_t n = 0; n < 10 * RECORDS + 5; n++)
        trace_write(n, 0, n, 0);
    assert_int_equal(get(0, &r), 9 * RECORDS + 7);
    assert_int_equal(r.value, 9 * RECORDS + 6);
    for (uint64_t at = 9 * RECORDS + 7; at < 10 * RECORDS + 5; at++) {
        assert_int_equal(get(at, &r), at + 1);
        assert_int_equal(r.value, at);
    }
    assert_int_equal(get(10 * RECORDS + 5, &r), 0);
    assert_int_equal(get(~0ull, &r), 0);
    for (size_t i = 0; i < sizeof(ring) / 3; i++)
        assert_true(bytes[i] == 0xee && bytes[i + 2 * sizeof(ring) / 3] == 0xee);
}

static void test_rights(void **state)
{
    struct trace_record r;
    struct cpu_stats stats;

    (void)state;
    trace_write(1, 2, 3, 4);
    assert_int_equal(call_trace_read(2, 0, (uint64_t)&r), ERR_INVALID);
    assert_int_equal(call_cpu_stats(2, (uint64_t)&stats), ERR_INVALID);
    assert_int_equal(get(0, NULL), ERR_FAULT);
    root.flags = RIGHT_VM | RIGHT_LOG;
    assert_int_equal(get(0, &r), ERR_INVALID);
    assert_int_equal(call_trace_control(0), ERR_INVALID);
    assert_int_equal(call_cpu_stats(0, (uint64_t)&stats), ERR_INVALID);
}

static void test_figures(void **state)
{
    struct cpu_stats stats;

    (void)state;
    fake_tsc = 5000;
    fake_cpu.stats.idle_tsc = 700 - 4000ull; /* idle since 4000, 700 before that */
    fake_cpu.stats.guest_tsc = 123;
    assert_int_equal(call_cpu_stats(1, (uint64_t)&stats), OK);
    assert_int_equal(stats.idle_tsc + fake_tsc, 1700);
    assert_int_equal(stats.guest_tsc, 123);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_records, setup), cmocka_unit_test_setup(test_overwriting, setup),
        cmocka_unit_test_setup(test_rights, setup), cmocka_unit_test_setup(test_figures, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
