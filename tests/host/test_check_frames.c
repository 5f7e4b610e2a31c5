/* SPDX-License-Identifier: MIT */
/* `check frames` over the kernel's own tables: clean when they are right, and each kind of corruption is told. */
// sources: root/frames.c kernel/sys_frames.c kernel/mem.c kernel/ptab.c kernel/tables.c kernel/frame.c kernel/kmem.c kernel/handle.c lib/string.c tests/fake/ring0.c
#include <fake/ring0.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <abi/frames.h>
#include "../../kernel/part.h"
#include "../../kernel/syscall.h"
#include "../../root/frames.h"

#define RAM_BYTES 0x4000000ull
#define FRAMES    (RAM_BYTES / PAGE_BYTES)

static struct part root, child;
static struct boot_info boot;
static struct thread thread = { .part = &root };
static uint32_t owner[FRAMES];
static const struct frames_part parts[] = { { 0, "root" }, { 9, "child" } };
static struct frames_check check;
static char said[8192];

void space_flush(struct part *p) { (void)p; }
unsigned ept_max_order(void) { return 18; }
uint64_t ept_flags(uint32_t prot) { return prot; }
enum status copy_from_user(void *to, const void *from, uint64_t bytes) { memcpy(to, from, bytes); return OK; }
enum status copy_to_user(void *to, const void *from, uint64_t bytes) { memcpy(to, from, bytes); return OK; }

static struct part *part_of(uint64_t handle) { return handle == 0 ? &root : handle == 9 ? &child : NULL; }
struct part *part_argument(uint64_t handle, enum status *status)
{
    *status = part_of(handle) ? OK : ERR_HANDLE;
    return part_of(handle);
}

/* What root's side calls. */
static unsigned disturb; /* so many reads find that something changed */
int64_t sys_frames_read(uint64_t power, uint64_t part, struct frames_page *page);
int64_t sys_frames_read(uint64_t power, uint64_t part, struct frames_page *page)
{
    if (disturb > 0) {
        disturb--;
        memory_changes++;
    }
    return call_frames_read(power, part, (uint64_t)page);
}
int64_t sys_part_info(uint64_t part, struct part_info *info);
int64_t sys_part_info(uint64_t part, struct part_info *info)
{
    struct part *p = part_of(part);

    *info = (struct part_info){ .kmem_pages = p->account.used, .kmem_quota = p->account.quota,
                                .mem_pages = p->mem_used, .mem_quota = p->mem_quota };
    return OK;
}

static struct mem *object(struct part *part, uint64_t pages)
{
    struct mem *mem;
    bool done = false;

    assert_int_equal(mem_create(part, pages, &mem), OK);
    while (!done)
        assert_int_equal(mem_fill_step(mem, &done), OK);
    assert_true(handle_add(part, 0, &mem->object, RIGHT_READ, 0) > 0);
    return mem;
}

static void map(struct part *part, bool guest, struct mem *mem, uint64_t at)
{
    struct mem_range r = { 0, at, mem->pages * PAGE_BYTES };

    while (r.bytes)
        assert_int_equal(mem_map(part, guest, mem, &r, MAP_READ | MAP_WRITE), OK);
}

static struct mem *a, *b, *ram;

static int setup(void **state)
{
    (void)state;
    memset(&root, 0, sizeof(root));
    memset(&child, 0, sizeof(child));
    boot = (struct boot_info){ .kpool_bytes = FAKE_POOL_BYTES, .kpool_base = FAKE_POOL_BASE, .ram_end = RAM_BYTES,
                               .ram_count = 1, .ram[0] = { 0x100000, RAM_BYTES - 0x200000 } };
    kmem_init(&boot, frame_tables(&boot));
    frame_init(&boot);
    boot.pml4 = kmem_hpa(sys_page_alloc(&kmem_root)).v;
    ptab_init(&boot);
    ptab_window(0);
    fake_cpu.current = &thread;
    child.account.quota = 500;
    root.account.quota = kmem_free_pages() - 500;
    child.mem_quota = 10000;
    root.mem_quota = frame_free_pages() - 10000;
    assert_int_equal(ptab_create(&root), OK);
    assert_int_equal(ptab_create(&child), OK);
    assert_int_equal(tables_init(&child.vm.ept.tables, &child.account, 7, 512), OK);
    assert_int_equal(handle_add(&root, H_POWER, &power_object, 0, 0), H_POWER);
    a = object(&root, 100);
    b = object(&child, 3);
    ram = object(&child, 2048); /* large pages */
    map(&root, false, a, 0x400000);
    map(&child, false, b, 0x400000);
    map(&root, false, b, 0x800000); /* shared: a handle allowed it */
    map(&child, true, ram, 0);
    map(&child, false, ram, 0x40000000);
    disturb = 0;
    return 0;
}

static bool run(void)
{
    FILE *file = tmpfile();
    int out = dup(1);

    check = (struct frames_check){ .part = parts, .parts = 2, .owner = owner };
    memset(owner, 0x5a, sizeof(owner));
    fflush(stdout);
    dup2(fileno(file), 1);
    bool good = frames_check(&check);
    fflush(stdout);
    dup2(out, 1);
    ssize_t bytes = pread(fileno(file), said, sizeof(said) - 1, 0);
    said[bytes < 0 ? 0 : bytes] = 0;
    fclose(file);
    close(out);
    return good;
}

static void wrong(const char *text)
{
    assert_false(run());
    assert_false(check.unstable);
    if (!strstr(said, text))
        fail_msg("expected \"%s\" in:\n%s", text, said);
}

static uint64_t frame_of(const struct mem *mem) { return mem->inlined[0].frame; }

static void test_clean(void **state)
{
    (void)state;
    if (!run())
        fail_msg("%s", said);
    assert_int_equal(check.frames, FRAMES);
    assert_int_equal(check.objects, 3);
    assert_int_equal(check.leaves, 100 + 3 + 3 + 2 * 4);
    assert_int_equal(check.free_frames, frame_free_pages());
}

static void test_mapping_of_free_frame(void **state)
{
    (void)state;
    uint64_t frame = frame_of(ram) + 2048;
    while (frame_clean(true, 2048)) /* what is free is free, dirty or clean */
        ;
    assert_true(frame_is_free(frame));
    assert_int_equal(tables_map(&child.tables, 0x600000, frame * PAGE_BYTES | PTE_P | PTE_U, 0, &(uint64_t){ 1 }), OK);
    wrong("child: 0x600000 leads to frame 0x");
    assert_non_null(strstr(said, "which is free"));
}

static void test_leaf_too_large(void **state)
{
    (void)state;
    uint64_t *entry;
    assert_int_equal(tables_entry(&child.tables, 0x200000000, 9, &entry), OK);
    *entry = (frame_of(a) * PAGE_BYTES & ~0x1fffffull) | PTE_P | PTE_U | PTE_PS;
    wrong("child: 0x200000000 leads to frame");
}

static void test_forgotten_mapping(void **state)
{
    (void)state;
    b->maps++;
    wrong("of child: 6 mappings lead to it, the kernel counts 7");
}

static void test_two_owners(void **state)
{
    (void)state;
    b->inlined[0].frame = a->inlined[0].frame;
    wrong("says that it is its own, and so does object");
}

static void test_table_disagrees(void **state)
{
    (void)state;
    frame_set_mem(frame_of(b), 1, a);
    wrong("of child says that it is its own, the table that it belongs to object");
}

static void test_owned_and_free(void **state)
{
    (void)state;
    frame_free(frame_of(b), 1);
    wrong("the table that it is free");
}

static void test_lost_frame(void **state)
{
    (void)state;
    b->inlined[0].pages--;
    b->filled--;
    wrong("which does not know it");
    assert_non_null(strstr(said, "child: its objects have 2050 pages, its account 2051"));
}

static void test_kernel_page_twice(void **state)
{
    (void)state;
    uint64_t page = 0x10; /* no RAM in the table */
    assert_int_equal(tables_map(&root.tables, 0x10000000, page * PAGE_BYTES | ptab_flags(MAP_READ), 0, &(uint64_t){ 1 }), OK);
    assert_true(run());
    assert_int_equal(tables_map(&child.tables, 0x10000000, page * PAGE_BYTES | ptab_flags(MAP_READ), 0, &(uint64_t){ 1 }), OK);
    wrong("child: page of the kernel 0x10 is mapped twice, here at 0x10000000");
}

static void test_sums(void **state)
{
    (void)state;
    root.mem_quota++;
    wrong("RAM: ");
    root.mem_quota--;
    child.account.used--;
    wrong("kernel memory: ");
}

static void test_broken_extents(void **state)
{
    (void)state;
    ram->extents = 0;
    wrong("which does not know it");
    assert_int_equal(check.wrong > 20, 1); /* all counted, few printed */
}

static void test_changes_meanwhile(void **state)
{
    (void)state;
    disturb = 30;
    assert_true(run());
    b->maps++; /* wrong, but who knows */
    disturb = 100000;
    assert_false(run());
    assert_true(check.unstable);
    assert_string_equal(said, "");
}

static void test_rights(void **state)
{
    (void)state;
    struct frames_page page = { .kind = FRAMES_TABLE };
    thread.part = &child;
    assert_int_equal(call_frames_read(H_POWER, 0, (uint64_t)&page), ERR_HANDLE);
    thread.part = &root;
    assert_int_equal(call_frames_read(H_POWER, 5, (uint64_t)&page), ERR_HANDLE);
    page.kind = FRAMES_KINDS;
    assert_int_equal(call_frames_read(H_POWER, 0, (uint64_t)&page), ERR_INVALID);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(test_clean), TEST(test_mapping_of_free_frame), TEST(test_leaf_too_large), TEST(test_forgotten_mapping),
        TEST(test_two_owners), TEST(test_table_disagrees), TEST(test_owned_and_free), TEST(test_lost_frame),
        TEST(test_kernel_page_twice), TEST(test_sums), TEST(test_broken_extents), TEST(test_changes_meanwhile),
        TEST(test_rights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
