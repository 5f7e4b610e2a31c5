/* SPDX-License-Identifier: MIT */
/* The system calls that map memory: no right is exceeded, no range leaves its object, nothing is writable and executable. */
// sources: kernel/sys_mem.c kernel/mem.c kernel/handle.c kernel/ptab.c kernel/tables.c kernel/frame.c kernel/kmem.c lib/string.c tests/fake/ring0.c
#include <fake/memory.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <kernel/syscall.h>

#define RAM_BYTES 0x10000000ull
#define VA        0x40000000ull
#define SIZE      0x8000ull
#define R  MAP_READ
#define W  MAP_WRITE
#define X  MAP_EXEC

static struct part part;
static struct thread thread;
static struct boot_info boot;

void space_flush(struct part *p) { (void)p; }
void syscall_restart(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
    (void)number, (void)a, (void)b, (void)c, (void)d, (void)e;
    abort(); /* all here is small */
}

struct part *part_argument(uint64_t handle, enum status *status)
{
    *status = handle == 0 ? OK : ERR_HANDLE;
    return handle == 0 ? &part : NULL;
}

static int setup(void **state)
{
    (void)state;
    memset(&part, 0, sizeof(part));
    memset(&thread, 0, sizeof(thread));
    fake_memory(&boot, RAM_BYTES);
    (void)frame_clean(true, RAM_BYTES / PAGE_BYTES); /* else mem_create is restarted */
    part.account.quota = 1000;
    part.mem_quota = 1000;
    part.vm.exists = true;
    thread.part = &part;
    fake_cpu.current = &thread;
    assert_int_equal(ptab_create(&part), OK);
    assert_int_equal(tables_init(&part.vm.ept.tables, &part.account, 7, 512), OK);
    return 0;
}

/* A handle with these rights to a new object of SIZE bytes. */
static uint64_t object(uint32_t rights)
{
    struct mem *mem;
    bool done = false;

    assert_int_equal(mem_create(&part, SIZE / PAGE_BYTES, &mem), OK);
    while (!done)
        assert_int_equal(mem_fill_step(mem, &done), OK);
    return (uint64_t)handle_add(&part, 0, &mem->object, rights, 0);
}

static void test_rights(void **state)
{
    (void)state;
    for (uint32_t rights = 0; rights < 8; rights++)
        for (uint32_t prot = 0; prot < 16; prot++) {
            uint64_t h = object((rights & R ? RIGHT_READ : 0) | (rights & W ? RIGHT_WRITE : 0) | (rights & X ? RIGHT_EXEC : 0));
            bool sane = prot & R && prot <= (R | W | X), held = (prot & ~rights) == 0;

            assert_int_equal(call_vm_map(h, 0, VA | prot, SIZE), !sane ? ERR_INVALID : held ? OK : ERR_RIGHTS);
            sane &= !(prot & W && prot & X);
            assert_int_equal(call_mem_map(0, h, 0, VA | prot, SIZE), !sane ? ERR_INVALID : held ? OK : ERR_RIGHTS);
            assert_int_equal(call_vm_unmap(VA, SIZE), OK);
            assert_int_equal(call_mem_unmap(0, VA, SIZE), OK);
            handle_remove(handle_find(&part, h, OBJECT_MEM));
        }
    assert_int_equal(part.mem_used, 0);
}

static void test_ranges(void **state)
{
    static const struct { uint64_t offset, at, bytes; } bad[] = {
        { 0, VA, 0 }, { 0, VA, SIZE + 4096 }, { 4096, VA, SIZE }, { SIZE, VA, 4096 }, { 100, VA, 4096 }, { 0, VA, 100 },
        { 0 - 4096ull, VA, 4096 }, { 0, VA, 0 - 4096ull }, { 0, 1ull << 47, 4096 }, { 0, 0 - 4096ull, 4096 },
        { 0, (1ull << 47) - 4096, 8192 }, { 0, 1ull << 63, 4096 }, { 0 - 4096ull, VA, 8192 },
    };
    uint64_t h = object(RIGHT_READ);

    (void)state;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(call_mem_map(0, h, bad[i].offset, bad[i].at | R, bad[i].bytes), ERR_INVALID);
        assert_int_equal(call_vm_map(h, bad[i].offset, bad[i].at | R, bad[i].bytes), ERR_INVALID);
    }
    assert_int_equal(call_mem_map(0, h, 0, R, 4096), ERR_INVALID); /* address 0 */
    assert_int_equal(call_vm_map(h, 0, R, 4096), OK);
    assert_int_equal(call_mem_map(0, h, SIZE - 4096, VA | R, 4096), OK);
    assert_int_equal(call_mem_map(0, h, 0, VA | R, 4096), ERR_EXISTS);
    assert_int_equal(call_mem_map(7, h, 0, VA | R, 4096), ERR_HANDLE);
    assert_int_equal(call_mem_map(0, h + 1, 0, VA | R, 4096), ERR_HANDLE);
}

static void test_create(void **state)
{
    static const uint64_t bad[] = { 0, 1, 4095, 4097, (1ull << 43) + 4096, 0 - 4096ull };

    (void)state;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(call_mem_create(0, bad[i], 0), ERR_INVALID);
    assert_int_equal(call_mem_create(0, 4096, 1), ERR_INVALID);
    assert_int_equal(call_mem_create(3, 4096, 0), ERR_HANDLE);
    assert_int_equal(call_mem_create(0, 1001 * 4096, 0), ERR_NO_MEM);
    assert_true(call_mem_create(0, SIZE, 0) > 0);
    assert_int_equal(part.mem_used, SIZE / PAGE_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_rights, setup),
        cmocka_unit_test_setup(test_ranges, setup),
        cmocka_unit_test_setup(test_create, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
