/* SPDX-License-Identifier: MIT */
/* The frame allocator against a model: every frame has one owner, was cleared since it had another, and joins again. */
// sources: kernel/frame.c kernel/kmem.c lib/string.c tests/fake/ring0.c
#include <fake/ring0.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define FRAMES (3u << 18) /* 3 GiB */
#define BLOCKS 4096u

static struct { uint64_t frame, count; struct mem *owner; } block[BLOCKS];
static unsigned blocks;
static uint8_t taken[FRAMES], dirty[FRAMES];

static struct mem *owner(unsigned n) { return (struct mem *)(uintptr_t)(0x1000 + 128ul * n); }

void ptab_zero_frames(uint64_t frame, uint64_t count)
{
    for (uint64_t f = frame; f < frame + count; f++) {
        assert_int_equal(taken[f], 0);
        assert_true(dirty[f] && frame_is_free(f) && !frame_mem(f));
        dirty[f] = 0;
    }
}

static bool try(unsigned order, uint64_t *frame, unsigned *got)
{
    uint64_t pages;

    if (!frame_alloc(1ull << order, frame, &pages))
        return false;
    *got = (unsigned)__builtin_ctzl(pages);
    return true;
}

/* As mem.c takes them: what is dirty is cleared when nothing else is left. */
static bool alloc(unsigned order, uint64_t *frame, unsigned *got)
{
    while (!try(order, frame, got))
        if (!frame_clean(order > 0, 64))
            return false;
    for (uint64_t f = *frame; f < *frame + (1ull << *got); f++)
        assert_int_equal(dirty[f], 0);
    return true;
}

static void clean_all(void)
{
    while (frame_clean(false, 1000))
        ;
}

static uint64_t machine(const struct boot_range *ranges, unsigned count)
{
    static struct boot_info boot;
    uint64_t pages = 0;

    memset(&boot, 0, sizeof(boot));
    memset(fake_pool, 0xcc, sizeof(fake_pool));
    boot.kpool_bytes = FAKE_POOL_BYTES;
    boot.ram_count = count;
    for (unsigned i = 0; i < count; i++) {
        boot.ram[i] = ranges[i];
        boot.ram_end = ranges[i].base + ranges[i].bytes;
        pages += ranges[i].bytes / PAGE_BYTES;
    }
    assert_true(frame_tables(&boot) <= FAKE_POOL_BYTES);
    frame_init(&boot);
    blocks = 0;
    memset(taken, 1, sizeof(taken));
    memset(dirty, 1, sizeof(dirty));
    for (unsigned i = 0; i < count; i++)
        memset(taken + ranges[i].base / PAGE_BYTES, 0, ranges[i].bytes / PAGE_BYTES);
    assert_int_equal(frame_free_pages(), pages);
    return pages;
}

static bool take(unsigned order)
{
    uint64_t frame;
    unsigned got;

    if (blocks == BLOCKS || !alloc(order, &frame, &got))
        return false;
    assert_true(got <= order && got % 9 == 0 && frame % (1ull << got) == 0);
    for (uint64_t f = frame; f < frame + (1ull << got); f++)
        assert_int_equal(taken[f]++, 0);
    block[blocks].frame = frame;
    block[blocks].count = 1ull << got;
    block[blocks].owner = owner(blocks);
    frame_set_mem(frame, 1ull << got, block[blocks].owner);
    blocks++;
    return true;
}

static void check_owner(unsigned i)
{
    uint64_t middle = block[i].frame + block[i].count / 2, last = block[i].frame + block[i].count - 1;

    assert_ptr_equal(frame_mem(block[i].frame), block[i].owner);
    assert_ptr_equal(frame_mem(middle), block[i].owner);
    assert_ptr_equal(frame_mem(last), block[i].owner);
}

static void give(unsigned i)
{
    check_owner(i);
    for (uint64_t f = block[i].frame; f < block[i].frame + block[i].count; f++)
        assert_int_equal(taken[f]--, 1);
    memset(dirty + block[i].frame, 1, block[i].count);
    frame_free(block[i].frame, block[i].count);
    assert_null(frame_mem(block[i].frame));
    assert_null(frame_mem(block[i].frame + block[i].count - 1));
    block[i] = block[--blocks];
}

static const struct boot_range ragged[] = {
    { 0x1000, 0x9e000 }, { 0x100000, 0x3ff00000 - 0x3000 }, { 0x40000000, 0x7fe00000 },
};

static void test_random_sequences(void **state)
{
    uint64_t pages = machine(ragged, 3);
    uint64_t used;

    (void)state;
    srand(1);
    for (unsigned round = 0; round < 40000; round++) {
        static const unsigned orders[] = { 0, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 18 };
        bool filling = round / 2000 % 2 == 0;
        if (rand() % 10 < (filling ? 7 : 3))
            take(orders[(unsigned)rand() % 13]);
        else if (blocks > 0)
            give((unsigned)rand() % blocks);
        if (round / 5000 % 2 == 0) // a CPU that idles
            frame_clean(false, (uint64_t)rand() % 3);
        if (round % 1000 != 0)
            continue;
        used = 0;
        for (unsigned i = 0; i < blocks; i++) {
            used += block[i].count;
            check_owner(i);
        }
        assert_int_equal(frame_free_pages(), pages - used);
    }
    while (blocks > 0)
        give(blocks - 1);
    assert_int_equal(frame_free_pages(), pages);
}

/* All of it in single frames, given back in random order: the large blocks are there again. */
static void test_joining(void **state)
{
    static const struct boot_range even[] = { { 0, 0x80000000 } };
    static uint64_t frames[1u << 19];
    uint64_t pages = machine(even, 1), frame;
    unsigned got;

    (void)state;
    srand(2);
    for (uint64_t i = 0; i < pages; i++) {
        assert_true(alloc(0, &frames[i], &got));
        assert_int_equal(taken[frames[i]]++, 0);
        frame_set_mem(frames[i], 1, owner(0));
    }
    assert_false(alloc(0, &frame, &got));
    assert_false(alloc(18, &frame, &got));
    for (uint64_t i = pages - 1; i > 0; i--) {
        uint64_t j = (uint64_t)rand() % (i + 1), swap = frames[i];
        frames[i] = frames[j];
        frames[j] = swap;
    }
    memset(taken, 0, sizeof(taken));
    for (uint64_t i = 0; i < pages; i++) {
        dirty[frames[i]] = 1;
        frame_free(frames[i], 1);
    }
    assert_int_equal(frame_free_pages(), pages);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(alloc(18, &frame, &got));
        assert_int_equal(got, 18);
    }
    assert_int_equal(frame_free_pages(), 0);
}

/* A part of a block that one owner had goes back alone; runs of any length and place are accepted. */
static void test_runs(void **state)
{
    static const struct boot_range even[] = { { 0, 0x80000000 } };
    uint64_t frame, pages = machine(even, 1);
    unsigned got;

    (void)state;
    assert_true(alloc(18, &frame, &got));
    frame_set_mem(frame, 1u << 18, owner(1));
    for (uint64_t at = frame, left = 1u << 18, n = 1; left > 0; at += n, left -= n, n = n * 3 + 1) {
        n = n < left ? n : left;
        memset(dirty + at, 1, n);
        frame_free(at, n);
    }
    assert_int_equal(frame_free_pages(), pages);
    assert_true(alloc(18, &frame, &got) && got == 18);
    assert_true(alloc(18, &frame, &got) && got == 18);
}

/* Boot modules lie outside the free ranges and join them when they are freed. */
static void test_modules(void **state)
{
    static const struct boot_range holed[] = { { 0x200000, 0x105000 }, { 0x30a000, 0xf6000 } };
    uint64_t frame, pages = machine(holed, 2);
    unsigned got;

    (void)state;
    frame_set_mem(0x305, 5, owner(3));
    assert_ptr_equal(frame_mem(0x309), owner(3));
    assert_null(frame_mem(0x30a));
    memset(taken + 0x305, 0, 5);
    frame_free(0x305, 5);
    assert_int_equal(frame_free_pages(), pages + 5);
    assert_true(alloc(9, &frame, &got));
    assert_int_equal(got, 9);
    assert_int_equal(frame, 0x200);
}

static void test_beyond_the_end(void **state)
{
    machine(ragged, 3);
    (void)state;
    assert_null(frame_mem(FRAMES));
    assert_null(frame_mem(~0ull));
    assert_null(frame_mem(0));
}

static void too_small(void *context)
{
    struct boot_info *boot = context;

    frame_tables(boot);
}

static void test_pool_too_small(void **state)
{
    static struct boot_info boot = { .kpool_bytes = 2 << 20, .ram_end = 1ull << 40 };

    (void)state;
    assert_true(fake_panicked(too_small, &boot));
}

/* Taken one by one and given back as one, taken as one and given back one by one. */
static void test_other_sizes_back(void **state)
{
    static const struct boot_range small[] = { { 0x200000, 0x200000 } };
    uint64_t first, frame;
    unsigned got;

    (void)state;
    machine(small, 1);
    assert_true(alloc(0, &first, &got));
    for (unsigned i = 1; i < 512; i++) {
        assert_true(alloc(0, &frame, &got));
        assert_int_equal(frame, first + i);
    }
    for (unsigned i = 0; i < 512; i++)
        frame_set_mem(first + i, 1, owner(1));
    memset(dirty + first, 1, 512);
    frame_free(first, 512);
    assert_null(frame_mem(first + 7)); // nobody's, whatever its own entry still says
    assert_true(frame_is_free(first + 7));
    for (unsigned i = 0; i < 512; i++)
        assert_true(alloc(0, &frame, &got));
    memset(dirty + first, 1, 512);
    for (unsigned i = 0; i < 512; i++)
        frame_free(first + i, 1);
    assert_true(alloc(9, &frame, &got));
    assert_int_equal(got, 9);
    memset(dirty + first, 1, 511);
    for (unsigned i = 0; i < 511; i++)
        frame_free(first + i, 1);
    clean_all();
    assert_true(alloc(9, &frame, &got));
    assert_int_equal(got, 0); // 511 frames make no block
}

/* Nothing is given out dirty; idle CPUs clear it page by page, and what they began somebody else may end. */
static void test_clearing(void **state)
{
    static const struct boot_range small[] = { { 0x200000, 0x400000 } };
    uint64_t frame, pages = machine(small, 1);
    unsigned got;

    (void)state;
    assert_false(try(0, &frame, &got)); // firmware has left something everywhere
    for (unsigned i = 0; i < 511; i++) {
        assert_true(frame_clean(false, 1));
        assert_false(try(0, &frame, &got)); // a block becomes clean as a whole
        assert_int_equal(frame_free_pages(), pages);
    }
    assert_true(frame_clean(false, 1));
    assert_true(try(9, &frame, &got) && got == 9);
    for (unsigned i = 0; i < 512; i++)
        frame_set_mem(frame + i, 1, owner(1));
    dirty[frame + 100] = 1;
    frame_free(frame + 100, 1);
    dirty[frame + 200] = 1;
    frame_free(frame + 200, 1);
    assert_false(try(9, &frame, &got)); // before large ones are made small, the rest is cleared
    assert_true(frame_clean(true, 100));
    assert_true(try(0, &frame, &got) == false);
    assert_true(frame_clean(false, 412));
    assert_true(try(9, &frame, &got) && got == 9);
    assert_false(try(0, &frame, &got));
    assert_true(frame_clean(false, 2));
    assert_false(frame_clean(false, 1)); // all is clean
    assert_true(try(9, &frame, &got) && got == 0);
    assert_int_equal(frame_free_pages(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_sequences), cmocka_unit_test(test_joining), cmocka_unit_test(test_runs),
        cmocka_unit_test(test_modules),          cmocka_unit_test(test_beyond_the_end),
        cmocka_unit_test(test_pool_too_small),   cmocka_unit_test(test_other_sizes_back), cmocka_unit_test(test_clearing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
