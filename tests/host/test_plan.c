/* SPDX-License-Identifier: MIT */
/* Who gets which CPU and memory, and what is said when it does not fit. */
// sources: root/plan.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <root/plan.h>

static struct conf conf;
static struct plan_need need[CONF_MAX_PARTS];
static struct plan_part plan[CONF_MAX_PARTS];
static struct plan_machine machine;

static void add(enum conf_kind kind, uint64_t mib, uint32_t cpu)
{
    struct conf_part *part = &conf.part[conf.count];

    part->kind = kind;
    part->memory = mib << 20;
    part->cpu = cpu;
    part->cpus = 1;
    need[conf.count] = (struct plan_need){ .own_pages = 100, .file_pages = 1000, .ready = true };
    conf.count++;
}

static int setup(void **state)
{
    (void)state;
    memset(&conf, 0, sizeof(conf));
    memset(plan, 0, sizeof(plan));
    machine = (struct plan_machine){ .cpu_count = 4, .free_pages = 1 << 18, .kmem_pages = 1 << 14, .vmx = true };
    return 0;
}

static void test_cpus_in_turn(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        add(CONF_VM, 16, CONF_CPU_ANY);
    plan_make(&conf, &machine, need, plan);
    assert_int_equal(plan[0].cpu[0], 1);
    assert_int_equal(plan[1].cpu[0], 2);
    assert_int_equal(plan[2].cpu[0], 3);
    assert_int_equal(plan[3].cpu[0], 0);
    assert_int_equal(plan[4].cpu[0], 1);
    for (int i = 0; i < 5; i++)
        assert_true(plan[i].start);
}

static void test_several_cpus(void **state)
{
    (void)state;
    add(CONF_VM, 16, 2);
    conf.part[0].cpus = 3;
    add(CONF_VM, 16, CONF_CPU_ANY);
    conf.part[1].cpus = 6;
    plan_make(&conf, &machine, need, plan);
    static const uint8_t first[] = { 2, 1, 3 }, second[] = { 0, 1, 2, 3, 0, 1 };
    assert_int_equal(plan[0].cpus, 3);
    assert_memory_equal(plan[0].cpu, first, sizeof(first));
    assert_int_equal(plan[1].cpus, 6);
    assert_memory_equal(plan[1].cpu, second, sizeof(second));
    assert_true(plan[1].kmem_pages > plan[0].kmem_pages);
    plan_undo(&machine, &conf.part[0], &plan[0]);
    assert_int_equal((int32_t)machine.load[1], -8);
}

static void test_cpu_that_was_asked_for_counts(void **state)
{
    (void)state;
    add(CONF_VM, 16, 1);
    add(CONF_VM, 16, CONF_CPU_ANY);
    add(CONF_CONTAINER, 1, 9);
    plan_make(&conf, &machine, need, plan);
    assert_int_equal(plan[0].cpu[0], 1);
    assert_int_equal(plan[1].cpu[0], 2);
    assert_false(plan[2].start);
    assert_string_equal(plan[2].why, "wants CPU 9, but this machine has only 4 (0 to 3)");
}

static void test_one_cpu(void **state)
{
    (void)state;
    machine.cpu_count = 1;
    add(CONF_VM, 16, CONF_CPU_ANY);
    add(CONF_CONTAINER, 1, CONF_CPU_ANY);
    plan_make(&conf, &machine, need, plan);
    assert_true(plan[0].start && plan[0].cpu[0] == 0);
    assert_true(plan[1].start && plan[1].cpu[0] == 0);
}

static void test_memory_first_come(void **state)
{
    (void)state;
    add(CONF_VM, 900, CONF_CPU_ANY);
    add(CONF_VM, 512, CONF_CPU_ANY);
    add(CONF_VM, 64, CONF_CPU_ANY);
    plan_make(&conf, &machine, need, plan);
    assert_true(plan[0].start);
    assert_false(plan[1].start);
    assert_string_equal(plan[1].why,
                        "wants 524688 KiB of memory, but only 126576 KiB are left");
    assert_true(plan[2].start);
    assert_int_equal(plan[2].mem_pages, 64 * 256 + 100);
}

static void test_kernel_memory(void **state)
{
    (void)state;
    machine.kmem_pages = 50;
    add(CONF_CONTAINER, 1, CONF_CPU_ANY);
    add(CONF_VM, 512, CONF_CPU_ANY);
    plan_make(&conf, &machine, need, plan);
    assert_false(plan[0].start);
    assert_non_null(strstr(plan[0].why, "of kernel memory, but only 200 KiB are left"));
    machine.kmem_pages = plan[1].kmem_pages + 10; /* taken by the first, it is not there for the second */
    conf.count = 0;
    add(CONF_VM, 512, CONF_CPU_ANY);
    add(CONF_VM, 16, CONF_CPU_ANY);
    plan_make(&conf, &machine, need, plan);
    assert_true(plan[0].start);
    assert_false(plan[1].start);
    assert_true(plan_kmem(CONF_VM, 131072, 0) >= 2 * 256 + 2);
    assert_true(plan_kmem(CONF_VM, 1 << 20, 0) >= 2 * 2048);
}

static void test_no_vmx(void **state)
{
    (void)state;
    machine.vmx = false;
    add(CONF_VM, 16, CONF_CPU_ANY);
    add(CONF_CONTAINER, 1, CONF_CPU_ANY);
    need[1].ready = true;
    plan_make(&conf, &machine, need, plan);
    assert_false(plan[0].start);
    assert_string_equal(plan[0].why, "VMs are unavailable on this machine");
    assert_true(plan[1].start);
}

static void test_not_ready_keeps_its_reason(void **state)
{
    (void)state;
    add(CONF_VM, 16, CONF_CPU_ANY);
    need[0].ready = false;
    strcpy(plan[0].why, "file \"k\" is missing");
    plan_make(&conf, &machine, need, plan);
    assert_false(plan[0].start);
    assert_string_equal(plan[0].why, "file \"k\" is missing");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_cpus_in_turn, setup),
        cmocka_unit_test_setup(test_several_cpus, setup),
        cmocka_unit_test_setup(test_cpu_that_was_asked_for_counts, setup),
        cmocka_unit_test_setup(test_one_cpu, setup),
        cmocka_unit_test_setup(test_memory_first_come, setup),
        cmocka_unit_test_setup(test_kernel_memory, setup),
        cmocka_unit_test_setup(test_no_vmx, setup),
        cmocka_unit_test_setup(test_not_ready_keeps_its_reason, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
