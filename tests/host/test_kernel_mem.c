/* SPDX-License-Identifier: MIT */
/* Memory objects and page tables together: what a program sees is what its object holds, and no more. */
// sources: kernel/mem.c kernel/ptab.c kernel/tables.c kernel/frame.c kernel/kmem.c lib/string.c tests/fake/ring0.c
#include <fake/memory.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define RAM_BYTES 0x20000000ull
#define ADDRESS   0x000ffffffffff000ull

static struct part part;
static struct boot_info boot;
static unsigned flushes;

void space_flush(struct part *p)
{
    assert_ptr_equal(p, &part);
    flushes++;
}

static uint64_t start_used, start_free;

static int setup(void **state)
{
    (void)state;
    memset(&part, 0, sizeof(part));
    fake_memory(&boot, RAM_BYTES);
    fake_cpu.index = 0;
    part.account.quota = 1000;
    part.mem_quota = 100000;
    assert_int_equal(ptab_create(&part), OK);
    start_used = part.account.used;
    start_free = frame_free_pages();
    return 0;
}

static struct mem *object(uint64_t pages)
{
    struct mem *mem;
    bool done = false;

    assert_int_equal(mem_create(&part, pages, &mem), OK);
    while (!done)
        assert_int_equal(mem_fill_step(mem, &done), OK);
    assert_int_equal(mem->pages, pages);
    return mem;
}

static enum status map(struct mem *mem, uint64_t offset, uint64_t va, uint64_t bytes, uint32_t prot)
{
    struct mem_range r = { offset, va, bytes };
    enum status status = OK;

    while (status == OK && r.bytes > 0)
        status = mem_map(&part, false, mem, &r, prot);
    return status;
}

static enum status unmap(uint64_t va, uint64_t bytes)
{
    struct mem_range r = { 0, va, bytes };
    enum status status = OK;

    while (status == OK && r.bytes > 0)
        status = mem_unmap(&part, false, &r);
    return status;
}

/* What the CPU would find (SDM vol. 3, 4.5): the entry that maps va and its size, 0 = none. */
static uint64_t entry_of(uint64_t va, uint64_t *bytes)
{
    uint64_t *table = part.tables.top;

    for (unsigned level = 3;; level--) {
        uint64_t entry = table[va >> (12 + 9 * level) & 511];
        *bytes = PAGE_BYTES << (9 * level);
        if (!(entry & PTE_P))
            return 0;
        assert_true(entry & PTE_U);
        if (level == 0 || entry & PTE_PS)
            return entry;
        table = kmem_va((hpa_t){ entry & ADDRESS });
    }
}

static uint64_t physical(uint64_t va)
{
    uint64_t bytes, entry = entry_of(va, &bytes);

    return entry ? (entry & ADDRESS & ~(bytes - 1)) + (va & (bytes - 1)) : ~0ull;
}

static void check_mapped(struct mem *mem, uint64_t offset, uint64_t va, uint64_t bytes)
{
    uint64_t run;

    for (uint64_t at = 0; at < bytes; at += PAGE_BYTES) {
        assert_int_equal(physical(va + at), mem_at(mem, (offset + at) / PAGE_BYTES, &run));
        assert_true(run > 0);
    }
}

static void end(void)
{
    bool done;

    do
        done = tables_destroy(&part.tables, mem_unmapped);
    while (!done);
    assert_int_equal(part.account.used, start_used - 1);
    assert_int_equal(part.mem_used, 0);
    assert_null(part.mems);
    assert_int_equal(frame_free_pages(), start_free);
}

static void test_objects(void **state)
{
    static const uint64_t sizes[] = { 1, 3, 512, 513, 1535, 40000, 2 };
    struct mem *mem[7];
    uint64_t run, total = 0;

    (void)state;
    for (unsigned i = 0; i < 7; i++) {
        mem[i] = object(sizes[i]);
        total += sizes[i];
        assert_int_equal(part.mem_used, total);
        assert_int_equal(frame_free_pages(), start_free - total);
        for (uint64_t page = 0; page < sizes[i]; page += 1 + page / 7) {
            uint64_t pa = mem_at(mem[i], page, &run);
            assert_ptr_equal(frame_mem(pa / PAGE_BYTES), mem[i]);
            assert_in_range(run, 1, sizes[i] - page);
        }
        assert_int_equal(mem_at(mem[i], sizes[i], &run), 0);
        assert_int_equal(run, 0);
    }
    assert_int_equal(mem_at(mem[5], 0, &run) % 0x200000, 0); // large ones get large pages
    for (unsigned i = 0; i < 7; i++)
        mem_release_if_unused(mem[i]);
    end();
}

static void test_quotas(void **state)
{
    struct mem *mem;
    bool done = false;

    (void)state;
    part.mem_quota = 10;
    assert_int_equal(mem_create(&part, 11, &mem), ERR_NO_MEM);
    mem = object(10);
    struct mem *other;
    assert_int_equal(mem_create(&part, 1, &other), ERR_NO_MEM);
    mem_release_if_unused(mem);
    part.mem_quota = 1000000; // more than there is
    assert_int_equal(mem_create(&part, 1000000, &mem), OK);
    enum status status = OK;
    while (status == OK && !done)
        status = mem_fill_step(mem, &done);
    assert_int_equal(status, ERR_NO_MEM);
    mem_release_if_unused(mem);
    assert_int_equal(frame_free_pages(), start_free);
    part.account.quota = part.account.used;
    assert_int_equal(mem_create(&part, 1, &mem), ERR_NO_KMEM);
    end();
}

/* RAM in single frames: more extents than one page of them holds; each step is bounded. */
static void test_fragmented(void **state)
{
    static uint64_t frame[200000];
    unsigned count = 0;
    uint64_t got;
    bool done = false;
    struct mem *mem;

    (void)state;
    while (frame_clean(true, 1000))
        ;
    while (frame_alloc(1, &frame[count], &got))
        count++;
    for (unsigned i = 0; i < count; i++)
        frame_set_mem(frame[i], 1, (struct mem *)0x1000);
    unsigned freed = 0;
    for (unsigned i = 0; i < count; i++)
        if (frame[i] % 2 == 0 && freed < 2000) {
            frame_free(frame[i], 1);
            frame[i] = 0;
            freed++;
        }
    part.account.quota = part.account.used + 2;
    assert_int_equal(mem_create(&part, 1000, &mem), OK);
    enum status status = OK;
    while (status == OK && !done)
        status = mem_fill_step(mem, &done);
    assert_int_equal(status, ERR_NO_KMEM); // no third page for extents
    mem_release_if_unused(mem);
    assert_int_equal(frame_free_pages(), freed);
    part.account.quota = 1000;
    mem = object(2000);
    assert_int_equal(mem->extents, 2000);
    assert_int_equal(map(mem, 0, 0x40000000, 2000 * PAGE_BYTES, MAP_READ), OK);
    check_mapped(mem, 0, 0x40000000, 2000 * PAGE_BYTES);
    assert_int_equal(unmap(0x40000000, 2000 * PAGE_BYTES), OK);
    for (unsigned i = 0; i < count; i++)
        if (frame[i])
            frame_free(frame[i], 1);
    end();
}

static void test_protection(void **state)
{
    static const uint32_t prots[] = { MAP_READ, MAP_READ | MAP_WRITE, MAP_READ | MAP_EXEC };
    struct mem *mem = object(1024);
    uint64_t bytes;

    (void)state;
    mem->object.handle_count = 1;
    for (unsigned i = 0; i < 3; i++) {
        uint64_t va = 0x200000 * (1 + 4 * i);
        assert_int_equal(map(mem, 0, va, 0x201000, prots[i]), OK);
        for (uint64_t at = 0; at < 0x201000; at += 0x200000) {
            uint64_t entry = entry_of(va + at, &bytes);
            assert_int_equal(bytes, at == 0 ? 0x200000 : 0x1000);
            assert_int_equal(!!(entry & PTE_W), !!(prots[i] & MAP_WRITE));
            assert_int_equal(!(entry & PTE_NX), !!(prots[i] & MAP_EXEC));
            assert_false(entry & PTE_W && !(entry & PTE_NX));
        }
        assert_int_equal(map(mem, 0, va, 0x1000, MAP_READ), ERR_EXISTS);
        assert_int_equal(map(mem, 0, va + 0x200000, 0x200000, MAP_READ), ERR_EXISTS);
        assert_int_equal(map(mem, 0, va + 0x201000, 0x1000, MAP_READ), OK);
    }
    /* Part of a large page cannot go; the page stays. */
    assert_int_equal(unmap(0x200000, 0x1000), ERR_INVALID);
    assert_int_equal(unmap(0x201000, 0x200000), ERR_INVALID);
    check_mapped(mem, 0, 0x200000, 0x201000);
    flushes = 0;
    assert_int_equal(unmap(0, 1ull << 46), OK);
    assert_true(flushes > 0);
    assert_int_equal(mem->maps, 0);
    mem->object.handle_count = 0;
    mem_release_if_unused(mem);
    end();
}

/* Random mappings of random objects; the object lives as long as a leaf or a handle leads to it. */
static void test_random(void **state)
{
    enum { SLOTS = 40 };
    static struct { struct mem *mem; uint64_t offset, va, bytes; } slot[SLOTS];

    (void)state;
    srand(5);
    for (unsigned round = 0; round < 3000; round++) {
        unsigned i = (unsigned)rand() % SLOTS;
        if (slot[i].mem) {
            check_mapped(slot[i].mem, slot[i].offset, slot[i].va, slot[i].bytes);
            assert_int_equal(unmap(slot[i].va, slot[i].bytes), OK);
            assert_int_equal(physical(slot[i].va), ~0ull);
            slot[i].mem = NULL;
            continue;
        }
        uint64_t pages = rand() % 4 ? 1 + (uint64_t)rand() % 40 : 500 + (uint64_t)rand() % 1500;
        slot[i].mem = object(pages);
        slot[i].offset = (uint64_t)rand() % pages * PAGE_BYTES;
        slot[i].bytes = pages * PAGE_BYTES - slot[i].offset;
        slot[i].va = 0x100000000ull * (i + 1) + ((uint64_t)rand() % 2 ? slot[i].offset : (uint64_t)rand() % 1024 * PAGE_BYTES);
        assert_int_equal(map(slot[i].mem, slot[i].offset, slot[i].va, slot[i].bytes, MAP_READ), OK);
        mem_release_if_unused(slot[i].mem); // mapped: nothing happens
    }
    for (unsigned i = 0; i < SLOTS; i++)
        if (slot[i].mem)
            assert_int_equal(unmap(slot[i].va, slot[i].bytes), OK);
    end();
}

/* A run of pages ends where something is mapped already; what was mapped before that stays, and is counted. */
static void test_in_the_way(void **state)
{
    struct mem *mem = object(700), *other = object(1);
    uint64_t base = 0x40000000, middle = base + 600 * PAGE_BYTES;

    (void)state;
    mem->object.handle_count = other->object.handle_count = 1;
    assert_int_equal(map(other, 0, middle, PAGE_BYTES, MAP_READ), OK);
    assert_int_equal(map(mem, 0, base, 700 * PAGE_BYTES, MAP_READ), ERR_EXISTS);
    check_mapped(mem, PAGE_BYTES, base + PAGE_BYTES, 599 * PAGE_BYTES);
    check_mapped(other, 0, middle, PAGE_BYTES);
    assert_int_equal(physical(middle + PAGE_BYTES), ~0ull);
    assert_int_equal(other->maps, 1);
    assert_int_equal(unmap(base, 700 * PAGE_BYTES), OK);
    assert_int_equal(mem->maps + other->maps, 0);
    mem->object.handle_count = other->object.handle_count = 0;
    mem_release_if_unused(mem);
    mem_release_if_unused(other);
    end();
}

static void test_guest(void **state)
{
    struct mem *mem = object(1030);
    struct mem_range r = { 0, 0x400000, 1030 * PAGE_BYTES };

    (void)state;
    assert_int_equal(tables_init(&part.vm.ept.tables, &part.account, MAP_READ, 512), OK);
    assert_int_equal(mem_map(&part, true, mem, &r, MAP_READ | MAP_WRITE), OK);
    assert_int_equal(r.bytes, 0);
    assert_int_equal(mem->maps, 8);
    r = (struct mem_range){ 0, 0x400000, PAGE_BYTES };
    assert_int_equal(mem_unmap(&part, true, &r), ERR_INVALID); /* part of a large page */
    r = (struct mem_range){ 0, 0x400000, 512 * PAGE_BYTES };
    while (r.bytes > 0)
        assert_int_equal(mem_unmap(&part, true, &r), OK);
    assert_true(part.vm.ept.generation > 0);
    assert_int_equal(mem->maps, 7);
    assert_true(tables_destroy(&part.vm.ept.tables, mem_unmapped)); /* the others go with the space */
    end();
}

static void test_zeroing(void **state)
{
    (void)state;
    memset(fake_window, 0xff, sizeof(fake_window));
    ptab_zero_frames(512 * 7 + 100, 3);
    for (uint64_t i = 0; i < sizeof(fake_window); i++)
        assert_int_equal(fake_window[i], i / PAGE_BYTES >= 100 && i / PAGE_BYTES < 103 ? 0 : 0xff);
    memset(fake_window, 0xff, sizeof(fake_window));
    ptab_zero_frames(511, 513); // over a border of the window
    for (uint64_t i = 0; i < WINDOW_BYTES; i += PAGE_BYTES)
        assert_int_equal(fake_window[i], 0);
    while (frame_clean(true, 1000))
        ;
    for (uint64_t pages = 1; pages < 200; pages += 63) { // as many as an object had
        unsigned cleared = 0;
        mem_release_if_unused(object(pages));
        memset(fake_window, 0xff, sizeof(fake_window));
        while (frame_clean(false, 1))
            ;
        for (uint64_t i = 0; i < sizeof(fake_window); i += PAGE_BYTES)
            cleared += fake_window[i] == 0;
        assert_int_equal(cleared, pages);
    }
}

static void test_out_of_kernel_memory(void **state)
{
    struct mem *mem = object(4);

    (void)state;
    mem->object.handle_count = 1;
    for (uint64_t extra = 0; extra < 4; extra++) {
        part.account.quota = part.account.used + extra;
        enum status status = map(mem, 0, 0x7000 + (extra << 40), 4 * PAGE_BYTES, MAP_READ);
        assert_int_equal(status, extra < 3 ? ERR_NO_KMEM : OK);
    }
    assert_int_equal(unmap(0, 1ull << 47), OK);
    mem->object.handle_count = 0;
    mem_release_if_unused(mem);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_objects, setup),    cmocka_unit_test_setup(test_quotas, setup),
        cmocka_unit_test_setup(test_fragmented, setup), cmocka_unit_test_setup(test_protection, setup),
        cmocka_unit_test_setup(test_random, setup),     cmocka_unit_test_setup(test_in_the_way, setup),
            cmocka_unit_test_setup(test_guest, setup),
        cmocka_unit_test_setup(test_zeroing, setup),    cmocka_unit_test_setup(test_out_of_kernel_memory, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
