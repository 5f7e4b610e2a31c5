/* SPDX-License-Identifier: MIT */
/* Who gets which CPU and memory, and what is said when it does not fit. */
// sources: root/plan.c root/plan_cpus.c root/conf_cpus.c root/nearest.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <root/plan.h>

static struct conf conf;
static struct plan_need need[CONF_MAX_PARTS];
static struct plan_part plan[CONF_MAX_PARTS];
static struct plan_machine machine;

#define ANY 999u

static struct conf_part *add(enum conf_kind kind, uint64_t mib, uint32_t cpu)
{
    struct conf_part *part = &conf.part[conf.count];

    part->kind = kind;
    part->memory = mib << 20;
    part->cpus.count = 1;
    if (cpu != ANY)
        part->cpus.on[cpu / 64] = 1ull << cpu % 64;
    part->budget = CONF_WHOLE;
    part->autostart = 1;
    need[conf.count] = (struct plan_need){ .own_pages = 100, .file_pages = 1000, .ready = true };
    conf.count++;
    return part;
}

static struct conf_part *add_cpus(const char *cpus)
{
    struct conf_part *part = add(CONF_VM, 16, ANY);
    char why[200];

    assert_true(cpus_parse(cpus, &part->cpus, why, sizeof(why)));
    return part;
}

static void make(void)
{
    plan_make(&machine, &conf, need, plan);
}

static int setup(void **state)
{
    (void)state;
    memset(&conf, 0, sizeof(conf));
    memset(plan, 0, sizeof(plan));
    plan_machine_init(&machine, 4);
    machine.free_pages = 1 << 18;
    machine.kmem_pages = 1 << 14;
    machine.vmx = true;
    return 0;
}

static void test_cpus_in_turn(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        add(CONF_VM, 16, ANY);
    make();
    assert_int_equal(plan[0].cpu[0], 1);
    assert_int_equal(plan[1].cpu[0], 2);
    assert_int_equal(plan[2].cpu[0], 3);
    assert_int_equal(plan[3].cpu[0], 0);
    assert_int_equal(plan[4].cpu[0], 1);
    for (int i = 0; i < 5; i++)
        assert_true(plan[i].start);
}

static void test_cpu_that_was_asked_for_counts(void **state)
{
    (void)state;
    add(CONF_VM, 16, 1);
    add(CONF_VM, 16, ANY);
    add(CONF_CONTAINER, 1, 9);
    make();
    assert_int_equal(plan[0].cpu[0], 1);
    assert_int_equal(plan[1].cpu[0], 2);
    assert_false(plan[2].start);
    assert_string_equal(plan[2].why, "wants CPU 9, but this machine has only 4 (0 to 3)");
}

static void test_one_cpu(void **state)
{
    (void)state;
    plan_machine_init(&machine, 1);
    machine.free_pages = 1 << 18;
    machine.kmem_pages = 1 << 14;
    machine.vmx = true;
    add(CONF_VM, 16, ANY);
    add(CONF_CONTAINER, 1, ANY);
    make();
    assert_true(plan[0].start && plan[0].cpu[0] == 0);
    assert_true(plan[1].start && plan[1].cpu[0] == 0);
}

static void test_memory_first_come(void **state)
{
    (void)state;
    add(CONF_VM, 900, ANY);
    add(CONF_VM, 512, ANY);
    add(CONF_VM, 64, ANY);
    make();
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
    add(CONF_CONTAINER, 1, ANY);
    add(CONF_VM, 512, ANY);
    make();
    assert_false(plan[0].start);
    assert_non_null(strstr(plan[0].why, "of kernel memory, but only 200 KiB are left"));
    machine.kmem_pages = plan[1].kmem_pages + 10; /* taken by the first, it is not there for the second */
    conf.count = 0;
    add(CONF_VM, 512, ANY);
    add(CONF_VM, 16, ANY);
    make();
    assert_true(plan[0].start);
    assert_false(plan[1].start);
    assert_true(plan_kmem(CONF_VM, 1, 131072, 0) >= 2 * 256 + 2);
    assert_true(plan_kmem(CONF_VM, 1, 1 << 20, 0) >= 2 * 2048);
}

static void test_no_vmx(void **state)
{
    (void)state;
    machine.vmx = false;
    add(CONF_VM, 16, ANY);
    add(CONF_CONTAINER, 1, ANY);
    need[1].ready = true;
    make();
    assert_false(plan[0].start);
    assert_string_equal(plan[0].why, "VMs are unavailable on this machine");
    assert_true(plan[1].start);
}

static void test_not_ready_keeps_its_reason(void **state)
{
    (void)state;
    add(CONF_VM, 16, ANY);
    need[0].ready = false;
    strcpy(plan[0].why, "file \"k\" is missing");
    make();
    assert_false(plan[0].start);
    assert_string_equal(plan[0].why, "file \"k\" is missing");
}

static void test_exclusive(void **state)
{
    (void)state;
    add(CONF_VM, 16, ANY);
    add_cpus("2 exclusive");
    add_cpus("2 shared");
    make();
    assert_int_equal(plan[1].cpu[0], 1);
    assert_int_equal(plan[1].cpu[1], 2);
    assert_int_equal(plan[0].cpu[0], 3);
    assert_int_equal(plan[2].cpu[0], 0);
    assert_int_equal(plan[2].cpu[1], 3);
}

static void test_named_come_first(void **state)
{
    (void)state;
    add_cpus("2 exclusive");
    add_cpus("on 1");
    add_cpus("on 2 exclusive");
    make();
    assert_false(plan[0].start);
    assert_string_equal(plan[0].why, "wants 2 exclusive CPUs, but only 1 is free (CPU 0 and its core are root's)");
    assert_true(plan[1].start && plan[2].start);
    assert_int_equal(plan[1].cpu[0], 1);
    assert_int_equal(plan[2].cpu[0], 2);
}

static void test_exclusive_is_refused(void **state)
{
    (void)state;
    add_cpus("on 0 exclusive");
    add_cpus("on 2 exclusive");
    add_cpus("on 1-2 exclusive");
    add_cpus("on 2");
    make();
    assert_string_equal(plan[0].why,
                        "wants 1 exclusive CPU among CPU 0, but only 0 are free (CPU 0 and its core are root's)");
    assert_true(plan[1].start);
    assert_string_equal(plan[2].why,
                        "wants 2 exclusive CPUs among CPU 1-2, but only 1 is free (CPU 0 and its core are root's)");
    assert_string_equal(plan[3].why, "wants a shared CPU among CPU 2, but all are exclusive");
}

static void test_whole_cores(void **state)
{
    (void)state;
    plan_machine_init(&machine, 8);
    machine.free_pages = 1 << 18;
    machine.kmem_pages = 1 << 14;
    machine.vmx = true;
    for (unsigned i = 0; i < 8; i++)
        machine.cpu[i].core = i % 4; /* CPUs n and n + 4 are one core */
    add_cpus("1 exclusive");
    add_cpus("2 exclusive");
    add_cpus("2");
    add_cpus("2 exclusive");
    make();
    assert_int_equal(plan[0].cpu[0], 1);
    assert_int_equal(plan[1].cpu[0], 2);
    assert_int_equal(plan[1].cpu[1], 6);
    assert_int_equal(plan[3].cpu[0], 3);
    assert_int_equal(plan[3].cpu[1], 7);
    assert_int_equal(plan[2].cpu[0], 0); /* not 5: it is of CPU 1's core; nor 4: root is on that */
    assert_int_equal(plan[2].cpu[1], 0);
}

static void hyper_threads(uint32_t cpus)
{
    plan_machine_init(&machine, cpus);
    machine.free_pages = 1 << 18;
    machine.kmem_pages = 1 << 14;
    machine.vmx = true;
    for (unsigned i = 0; i < cpus; i++)
        machine.cpu[i].core = (uint16_t)(i / 2);
}

/* Two partitions share a hyper-thread in turn, or one has the whole core: they never run there at the same time. */
static void test_cores_are_not_mixed(void **state)
{
    char idle[64];

    (void)state;
    hyper_threads(4);
    add_cpus("1");
    add_cpus("1");
    add_cpus("1");
    add_cpus("on 3");
    add_cpus("on 2,3");
    make();
    assert_int_equal(plan[3].cpu[0], 3); /* those that name theirs come first */
    assert_int_equal(plan[4].cpu[0], 3);
    assert_int_equal(plan[4].cpu[1], 3); /* not 2, beside the other one */
    assert_int_equal(plan[0].cpu[0], 0);
    assert_int_equal(plan[1].cpu[0], 0);
    assert_int_equal(plan[2].cpu[0], 0);
    assert_string_equal(plan_idle_threads(&machine, idle, sizeof(idle)), "1-2");
    setup(NULL);
    hyper_threads(4);
    add_cpus("4");
    make();
    assert_int_equal(plan[0].cpu[0], 2);
    assert_int_equal(plan[0].cpu[1], 3);
    assert_string_equal(plan_idle_threads(&machine, idle, sizeof(idle)), "1"); /* root's core */
}

/* All CPUs of a partition are of one node if one has enough, and of that with the least to do. */
static void test_nodes(void **state)
{
    (void)state;
    plan_machine_init(&machine, 8);
    machine.free_pages = 1 << 18;
    machine.kmem_pages = 1 << 14;
    machine.vmx = true;
    for (unsigned i = 0; i < 8; i++)
        machine.cpu[i].node = i % 2;
    add_cpus("3 of 5 exclusive");
    add_cpus("3");
    add_cpus("2");
    add_cpus("1");
    make();
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(plan[0].cpu[i], 2 * i + 2);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(plan[1].cpu[i], 2 * i + 1);
    assert_int_equal(plan[2].cpu[0], 7);
    assert_int_equal(plan[2].cpu[1], 1);
    assert_int_equal(plan[3].cpu[0], 0); /* one alone goes where there is nothing to do */
    assert_false(plan_grow(&machine, &conf.part[0], &plan[0], 8));
    plan_undo(&machine, &conf.part[1], &plan[1]);
    plan_undo(&machine, &conf.part[2], &plan[2]);
    assert_true(plan_grow(&machine, &conf.part[0], &plan[0], 8)); /* from the other node, if there is none at home */
    assert_int_equal(plan[0].cpu[3], 1);
    plan_shrink(&machine, &conf.part[0], &plan[0], 0xa);
    assert_true(plan_grow(&machine, &conf.part[0], &plan[0], 8));
    assert_int_equal(plan[0].cpu[3], 4);
}

/* A VM that runs gets more CPUs and gives some back; a gap is filled; its own core's other hyper-thread is its. */
static void test_grow_and_shrink(void **state)
{
    (void)state;
    hyper_threads(8);
    add_cpus("1 of 4 exclusive");
    add_cpus("1 of 2 exclusive");
    make();
    assert_int_equal(plan[0].given, 1);
    assert_int_equal(plan[0].cpu[0], 2);
    assert_int_equal(plan[1].cpu[0], 4);
    assert_int_equal(plan[0].kmem_pages, plan_kmem(CONF_VM, 4, plan[0].mem_pages, 1000));
    assert_true(plan_grow(&machine, &conf.part[0], &plan[0], 0xe));
    assert_int_equal(plan[0].given, 0xf);
    assert_int_equal(plan[0].cpu_count, 4);
    assert_int_equal(plan[0].cpu[1], 3);
    assert_int_equal(plan[0].cpu[2], 6);
    assert_int_equal(plan[0].cpu[3], 7);
    plan_shrink(&machine, &conf.part[0], &plan[0], 0x2);
    assert_int_equal(plan[0].given, 0xd);
    assert_int_equal(machine.cpu[3].users, 0);
    conf.part[1].cpus.count = 2;
    assert_true(plan_grow(&machine, &conf.part[1], &plan[1], 2));
    assert_int_equal(plan[1].cpu[1], 5);
    plan_shrink(&machine, &conf.part[0], &plan[0], 0xc);
    assert_true(plan_grow(&machine, &conf.part[0], &plan[0], 0x2));
    assert_int_equal(plan[0].cpu[1], 3);
    assert_false(plan_grow(&machine, &conf.part[0], &plan[0], 0x1fc));
    assert_non_null(strstr(plan[0].why, "wants 7 exclusive CPUs, but only 2 are free"));
    assert_int_equal(plan[0].given, 3);
    plan_undo(&machine, &conf.part[0], &plan[0]);
    plan_undo(&machine, &conf.part[1], &plan[1]);
    for (unsigned i = 0; i < 8; i++)
        assert_true(machine.cpu[i].users == 0 && !machine.cpu[i].exclusive && machine.cpu[i].shares == 0);
}

static void test_more_vcpus_than_cpus(void **state)
{
    (void)state;
    add_cpus("4 on 1-2");
    make();
    assert_true(plan[0].start);
    assert_int_equal(plan[0].cpu_count, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(plan[0].cpu[i], 1 + i % 2);
}

static void test_shares(void **state)
{
    (void)state;
    add_cpus("on 1")->budget = 6000;
    add_cpus("on 1")->budget = 5000;
    add_cpus("on 1")->reserve = 4000;
    add_cpus("on 1");
    make();
    assert_true(plan[0].start && plan[2].start && plan[3].start);
    assert_false(plan[1].start);
    assert_string_equal(plan[1].why, "wants 50% of 1 CPU among CPU 1, but at most 40% of one are left");
}

static void test_move(void **state)
{
    struct conf_cpus to = { 0 };
    char why[200];

    (void)state;
    add_cpus("2 exclusive");
    add_cpus("1 exclusive");
    make();
    assert_true(cpus_parse("on 2-3 exclusive", &to, why, sizeof(why)));
    assert_false(plan_move(&machine, &conf.part[0], &plan[0], &to));
    assert_non_null(strstr(plan[0].why, "but only 1 is free"));
    assert_int_equal(plan[0].cpu[0], 1);
    plan_undo(&machine, &conf.part[1], &plan[1]);
    assert_true(plan_move(&machine, &conf.part[0], &plan[0], &to));
    assert_int_equal(plan[0].cpu[0], 2);
    assert_int_equal(plan[0].cpu[1], 3);
    assert_false(machine.cpu[1].exclusive);
}

/* What must hold of any plan, seen from the machine: nothing is given twice, nothing that is not there. */
static void check_plan(uint64_t pages, uint64_t kmem)
{
    struct { unsigned users; bool exclusive, shared; uint32_t shares; const struct plan_part *owner; } cpu[PLAN_CPUS] = { 0 };

    for (unsigned i = 0; i < conf.count; i++) {
        const struct conf_part *part = &conf.part[i];

        if (!plan[i].start) {
            assert_true(plan[i].why[0] != '\0');
            continue;
        }
        assert_true(plan[i].mem_pages <= pages && plan[i].kmem_pages <= kmem);
        pages -= plan[i].mem_pages;
        kmem -= plan[i].kmem_pages;
        assert_int_equal(plan[i].cpu_count, part->cpus.count);
        for (unsigned n = 0; n < plan[i].cpu_count; n++) {
            unsigned at = plan[i].cpu[n];

            assert_true(at < machine.cpu_count);
            assert_true(cpus_named(&part->cpus) == 0 || cpus_has(&part->cpus, at));
            cpu[at].users++;
            cpu[at].exclusive |= part->cpus.exclusive;
            cpu[at].shares += plan_share(part);
            cpu[at].shared |= cpu[at].owner != NULL && cpu[at].owner != &plan[i];
            cpu[at].owner = &plan[i];
        }
    }
    for (unsigned a = 0; a < machine.cpu_count; a++) {
        assert_true(cpu[a].shares <= CONF_WHOLE);
        for (unsigned b = 0; b < machine.cpu_count; b++)
            if (a != b && machine.cpu[a].core == machine.cpu[b].core && cpu[a].users != 0)
                assert_true(b != 0 && (cpu[b].users == 0 || (cpu[b].owner == cpu[a].owner && !cpu[a].shared)));
        if (!cpu[a].exclusive)
            continue;
        assert_true(a != 0 && cpu[a].users == 1);
        for (unsigned b = 0; b < machine.cpu_count; b++)
            if (machine.cpu[a].core == machine.cpu[b].core)
                assert_true(b != 0 && (cpu[b].users == 0 || cpu[b].owner == cpu[a].owner));
    }
}

static void random_part(void)
{
    struct conf_part *part = add(rand() % 3 ? CONF_VM : CONF_CONTAINER, (uint64_t)(rand() % 64 + 1), ANY);

    part->cpus.count = part->kind == CONF_VM ? (uint32_t)rand() % 6 + 1 : 1;
    part->cpus.exclusive = rand() % 3 == 0;
    if (rand() % 3 == 0)
        for (unsigned i = 0; i < part->cpus.count; i++)
            part->cpus.on[0] |= 1ull << rand() % 18;
    if (!part->cpus.exclusive && rand() % 2)
        part->budget = (uint32_t)rand() % 100 * 100 + 100;
    if (!part->cpus.exclusive && rand() % 3 == 0)
        part->reserve = part->budget / 2;
    need[conf.count - 1].ready = rand() % 8 != 0;
    if (!need[conf.count - 1].ready)
        strcpy(plan[conf.count - 1].why, "not ready");
}

/* Random descriptions on random machines; and all is there again when all have gone. */
static void test_any_plan(void **state)
{
    (void)state;
    srand(3);
    for (int round = 0; round < 3000; round++) {
        static struct plan_machine before;
        uint64_t pages = (uint64_t)rand() % 200000, kmem = (uint64_t)rand() % 3000;
        unsigned threads = rand() % 2 + 1, nodes = (unsigned)rand() % 3 + 1;

        setup(NULL);
        plan_machine_init(&machine, (uint32_t)rand() % 16 + 1);
        for (unsigned i = 0; i < machine.cpu_count; i++)
            machine.cpu[i] = (struct plan_cpu){ .core = (uint16_t)(i / threads), .node = (uint8_t)(i / 4 % nodes) };
        machine.free_pages = pages;
        machine.kmem_pages = kmem;
        machine.vmx = true;
        before = machine;
        for (int i = rand() % 12; i >= 0; i--)
            random_part();
        make();
        check_plan(pages, kmem);
        for (unsigned i = 0; i < conf.count; i++) {
            uint32_t which = (uint32_t)rand() % 16;

            if (!plan[i].start || conf.part[i].kind != CONF_VM)
                continue;
            (void)plan_grow(&machine, &conf.part[i], &plan[i], which << 6);
            plan_shrink(&machine, &conf.part[i], &plan[i], which << 1);
        }
        for (unsigned i = 0; i < conf.count; i++)
            if (plan[i].start)
                plan_undo(&machine, &conf.part[i], &plan[i]);
        assert_memory_equal(&machine, &before, sizeof(machine));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_cpus_in_turn, setup),
        cmocka_unit_test_setup(test_cpu_that_was_asked_for_counts, setup),
        cmocka_unit_test_setup(test_one_cpu, setup),
        cmocka_unit_test_setup(test_memory_first_come, setup),
        cmocka_unit_test_setup(test_kernel_memory, setup),
        cmocka_unit_test_setup(test_exclusive, setup),
        cmocka_unit_test_setup(test_named_come_first, setup),
        cmocka_unit_test_setup(test_exclusive_is_refused, setup),
        cmocka_unit_test_setup(test_whole_cores, setup),
        cmocka_unit_test_setup(test_cores_are_not_mixed, setup),
        cmocka_unit_test_setup(test_nodes, setup),
        cmocka_unit_test_setup(test_grow_and_shrink, setup),
        cmocka_unit_test_setup(test_more_vcpus_than_cpus, setup),
        cmocka_unit_test_setup(test_shares, setup),
        cmocka_unit_test_setup(test_move, setup),
        cmocka_unit_test_setup(test_any_plan, setup),
        cmocka_unit_test_setup(test_no_vmx, setup),
        cmocka_unit_test_setup(test_not_ready_keeps_its_reason, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
