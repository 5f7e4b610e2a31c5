/* SPDX-License-Identifier: MIT */
/* The life of a partition: the table against its rules, and life.c over a kernel that is faked. */
// sources: root/life.c root/life_cpus.c root/life_table.c root/restart.c root/watch.c root/part.c root/plan.c root/plan_cpus.c root/conf_cpus.c root/conf.c root/conf_after.c root/conf_keys.c root/conf_value.c root/nearest.c root/end_text.c root/trap_names.c tests/fake/root.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <fake/ring3.h>
#include <fake/root.h>
#include <root/life.h>

static int setup(void **state)
{
    (void)state;
    fake_root_reset();
    life_start_all(); /* of nothing */
    return 0;
}

static struct part *make(const char *name)
{
    struct conf_part wanted = { .kind = CONF_CONTAINER, .memory = 1 << 20, .cpus.count = 1 };
    struct part *part;
    char why[120];

    strcpy(wanted.name, name);
    part = life_add(&wanted, why, sizeof(why));
    assert_non_null(part);
    part->grace_ms = 1000;
    return part;
}

static struct part *running(const char *name)
{
    struct part *part = make(name);

    assert_true(life_event(part, ON_START));
    assert_int_equal(part->state, LIFE_RUNNING);
    return part;
}

static void pass_ms(uint64_t ms)
{
    fake_root.now += ms * FAKE_MS;
    life_tick(fake_root.now);
}

static void ends(struct part *part, int64_t code)
{
    fake_exits(part, code);
    life_check(ROOT_ENDS);
}

/* The states in which the kernel has the partition. */
static bool holds(enum life state)
{
    return state == LIFE_RUNNING || state == LIFE_PAUSED || state == LIFE_STOPPING ||
           state == LIFE_RESTARTING;
}

static void test_table(void **unused)
{
    (void)unused;
    for (enum life s = 0; s < LIFE_STATES; s++) {
        /* Whatever it does, it can be destroyed; what runs can be killed and can end. */
        assert_int_equal(life_step(s, ON_DESTROY).action, DO_REMOVE);
        for (enum life_event e = ON_KILL; holds(s) && e < LIFE_EVENTS; e++)
            if (e != ON_DESTROY && e != ON_DUE)
                assert_int_equal(life_step(s, e).action, DO_BURY);
        for (enum life_event e = 0; e < LIFE_EVENTS; e++) {
            struct life_step step = life_step(s, e);

            /* Into a state that holds something leads only creation, out of it only burial. */
            if (step.action == DO_CREATE)
                assert_true(!holds(s) && holds(step.next));
            else if (step.action == DO_BURY)
                assert_true(holds(s) && !holds(step.next));
            else if (step.action != DO_REMOVE)
                assert_int_equal(holds(s), holds(step.next));
        }
    }
    assert_int_equal(life_step(LIFE_STATES, ON_START).action, DO_REFUSE);
    assert_int_equal(life_step(LIFE_NEW, LIFE_EVENTS).action, DO_REFUSE);
}

static void test_words(void **unused)
{
    char text[120];

    (void)unused;
    life_wanted(ON_RESUME, text, sizeof(text));
    assert_string_equal(text, "paused");
    life_wanted(ON_START, text, sizeof(text));
    assert_string_equal(text, "not started or backing off or ended");
    life_wanted(ON_DESTROY, text, 8);
    assert_string_equal(text, "not sta");
}

static void test_grace(void **unused)
{
    struct part *part = running("a");

    (void)unused;
    assert_true(life_event(part, ON_STOP));
    assert_int_equal(fake_root.asked, part->handle);
    pass_ms(999);
    assert_int_equal(part->state, LIFE_STOPPING);
    assert_false(life_event(part, ON_START));
    pass_ms(1);
    assert_int_equal(part->state, LIFE_ENDED);
    assert_string_equal(part->ended, "killed: did not end within 1 s");
    assert_int_equal(fake_root.living, 0);
    life_event(part, ON_START);
    life_event(part, ON_STOP);
    ends(part, 3);
    assert_int_equal(part->state, LIFE_ENDED);
    assert_string_equal(part->ended, "exit code 3");
    pass_ms(5000);
    assert_int_equal(part->state, LIFE_ENDED);
}

static void test_restart(void **unused)
{
    struct part *part = running("a");

    (void)unused;
    life_event(part, ON_RESTART);
    ends(part, 0);
    assert_int_equal(part->state, LIFE_RUNNING);
    life_event(part, ON_RESTART);
    pass_ms(1000); /* does not listen */
    assert_int_equal(part->state, LIFE_RUNNING);
    life_event(part, ON_RESTART);
    life_event(part, ON_STOP); /* changed his mind */
    ends(part, 0);
    assert_int_equal(part->state, LIFE_ENDED);
    life_event(part, ON_RESTART);
    assert_int_equal(part->state, LIFE_RUNNING);
    life_event(part, ON_RESTART);
    life_event(part, ON_KILL);
    assert_int_equal(part->state, LIFE_ENDED);
    assert_int_equal(part->restarts.ever, 0);
}

static void test_pause(void **unused)
{
    struct part *part = running("a");

    (void)unused;
    assert_false(life_event(part, ON_RESUME));
    assert_true(life_event(part, ON_PAUSE));
    assert_true(fake_paused(part));
    assert_false(life_event(part, ON_PAUSE));
    assert_true(life_event(part, ON_RESUME));
    assert_false(fake_paused(part));
    life_event(part, ON_PAUSE);
    life_event(part, ON_STOP); /* it must run to be able to end */
    assert_false(fake_paused(part));
    assert_int_equal(part->state, LIFE_STOPPING);
    life_event(part, ON_KILL);
    life_event(part, ON_START);
    fake_root.pause_fails = true;
    assert_false(life_event(part, ON_PAUSE));
    assert_int_equal(part->state, LIFE_RUNNING);
    fake_root.pause_fails = false;
    life_event(part, ON_PAUSE);
    life_event(part, ON_KILL);
    assert_int_equal(fake_root.living, 0);
}

/* The time until it runs again, by steps of 1 ms. */
static unsigned back_after(struct part *part)
{
    unsigned ms = 0;

    assert_int_equal(part->state, LIFE_BACKOFF);
    for (; part->state == LIFE_BACKOFF && ms < 100000; ms++)
        pass_ms(1);
    assert_int_equal(part->state, LIFE_RUNNING);
    return ms;
}

static void test_crash_loop(void **unused)
{
    static const unsigned delay[] = { 100, 200, 400, 800, 1600 };
    struct part *part = running("a");

    (void)unused;
    part->conf->restart = (struct restart_policy){ RESTART_ON_FAILURE, 5 };
    for (unsigned i = 0; i < 5; i++) {
        ends(part, 1);
        assert_int_equal(back_after(part), delay[i]);
    }
    ends(part, 1);
    assert_int_equal(part->state, LIFE_ENDED);
    assert_non_null(strstr(fake_root.said, "given up after 5 restarts in a row"));
    life_event(part, ON_START); /* the operator's start begins anew */
    ends(part, 1);
    assert_int_equal(back_after(part), 100);
    pass_ms(RESTART_GOOD_MS);
    ends(part, 1);
    assert_int_equal(back_after(part), 100);
    ends(part, 0);
    assert_int_equal(part->state, LIFE_ENDED);
}

static void test_always(void **unused)
{
    struct part *part = running("a");
    unsigned longest = 0;

    (void)unused;
    part->conf->restart = (struct restart_policy){ RESTART_ALWAYS, 0 };
    for (unsigned i = 0; i < 40; i++) {
        unsigned ms;

        ends(part, 0);
        ms = back_after(part);
        longest = ms > longest ? ms : longest;
    }
    assert_int_equal(longest, RESTART_MAX_MS);
    life_event(part, ON_KILL);
    assert_int_equal(part->state, LIFE_ENDED); /* the operator has the last word */
    life_event(part, ON_START);
    ends(part, 0);
    life_event(part, ON_STOP);
    assert_int_equal(part->state, LIFE_ENDED);
    pass_ms(100000);
    assert_int_equal(part->state, LIFE_ENDED);
}

static void test_watchdog(void **unused)
{
    struct part *part = running("a");

    (void)unused;
    pass_ms(100000); /* off unless asked for */
    assert_int_equal(part->state, LIFE_RUNNING);
    life_watch(part, 500);
    for (int i = 0; i < 20; i++) {
        pass_ms(400);
        fake_kick(part);
    }
    assert_int_equal(part->state, LIFE_RUNNING);
    life_event(part, ON_PAUSE);
    pass_ms(100000); /* who cannot run need not kick */
    life_event(part, ON_RESUME);
    pass_ms(499);
    assert_int_equal(part->state, LIFE_RUNNING);
    pass_ms(1);
    assert_string_equal(part->ended, "killed by its watchdog: no sign of life for 500 ms");
    assert_int_equal(back_after(part), 100);
    part->conf->restart = (struct restart_policy){ RESTART_ON_FAILURE, 1 };
    pass_ms(500);
    assert_int_equal(part->state, LIFE_ENDED);
    life_event(part, ON_START);
    life_watch(part, 0);
    pass_ms(100000);
    assert_int_equal(part->state, LIFE_RUNNING);
}

static void test_out_of_memory(void **unused)
{
    uint64_t mem = fake_root.mem_pages, kmem = fake_root.kmem_pages;
    struct part *part = make("a");

    (void)unused;
    fake_root.create_fails = true; /* in the middle */
    assert_true(life_event(part, ON_START));
    assert_int_equal(part->state, LIFE_NEW);
    assert_string_equal(part->ended, "heap: no memory");
    fake_root.create_fails = false;
    fake_root.mem_pages = 100;
    life_event(part, ON_START);
    assert_int_equal(part->state, LIFE_NEW);
    assert_non_null(strstr(part->ended, "KiB of memory, but only"));
    fake_root.mem_pages = mem;
    life_event(part, ON_START);
    assert_int_equal(part->state, LIFE_RUNNING);
    life_event(part, ON_DESTROY);
    assert_int_equal(fake_root.mem_pages, mem);
    assert_int_equal(fake_root.kmem_pages, kmem);
    assert_int_equal(fake_root.consoles, 0);
    assert_null(part_find("a"));
}

static void test_names_and_slots(void **unused)
{
    struct conf_part wanted = { .kind = CONF_CONTAINER, .cpus.count = 1, .name = "p0" };
    char why[120], name[12];

    (void)unused;
    for (unsigned i = 0; i < PART_MAX; i++) {
        snprintf(name, sizeof(name), "p%u", i);
        make(name);
    }
    assert_null(life_add(&wanted, why, sizeof(why)));
    assert_string_equal(why, "there is a partition \"p0\" already");
    strcpy(wanted.name, "more");
    assert_null(life_add(&wanted, why, sizeof(why)));
    assert_string_equal(why, "root has no room for more than 256 partitions");
    life_event(part_find("p77"), ON_DESTROY);
    assert_int_equal(life_add(&wanted, why, sizeof(why))->slot, 77);
}

static void test_after(void **unused)
{
    struct part *first = make("first"), *second = make("second");

    (void)unused;
    strcpy(second->conf->after[second->conf->after_count++], "first");
    life_event(second, ON_START);
    assert_int_equal(second->state, LIFE_WAITING);
    assert_string_equal(life_waits_for(second), "first");
    pass_ms(100000);
    assert_int_equal(second->state, LIFE_WAITING);
    life_event(first, ON_START);
    pass_ms(0);
    assert_int_equal(second->state, LIFE_RUNNING);
    life_event(second, ON_KILL);
    ends(first, 1); /* did not do its work */
    life_event(second, ON_START);
    assert_int_equal(second->state, LIFE_WAITING);
    life_event(second, ON_STOP);
    assert_int_equal(second->state, LIFE_NEW);
    life_event(first, ON_START);
    ends(first, 0);
    life_event(second, ON_START);
    assert_int_equal(second->state, LIFE_RUNNING);
    life_event(first, ON_DESTROY);
    life_event(second, ON_RESTART);
    ends(second, 0);
    assert_int_equal(second->state, LIFE_WAITING);
    assert_string_equal(life_waits_for(second), "first");
}

static struct part *vm_of(const char *name, const char *cpus)
{
    struct part *part = make(name);
    char why[120];

    part->conf->kind = CONF_VM;
    assert_true(cpus_parse(cpus, &part->conf->cpus, why, sizeof(why)));
    life_event(part, ON_START);
    return part;
}

static char why_not[200];

static bool cpus(struct part *part, uint32_t count)
{
    why_not[0] = '\0';
    return life_cpus(part, count, why_not, sizeof(why_not));
}

/* CPUs are given at once and come back when the guest gave them; then, and not before, others get them. */
static void test_cpus_come_and_go(void **unused)
{
    struct part *part = vm_of("a", "1 of 3 exclusive"), *other = vm_of("b", "1 exclusive");

    (void)unused;
    assert_true(part->state == LIFE_RUNNING && other->state == LIFE_RUNNING);
    fake_cpus_are(part, 1);
    assert_false(cpus(part, 3));
    assert_string_equal(why_not, "wants 2 exclusive CPUs, but only 1 is free (CPU 0 and its core are root's)");
    assert_true(cpus(part, 2));
    assert_int_equal(fake_cpus_wanted(part), 3);
    assert_int_equal(fake_root.placed[1], 3);
    assert_int_equal(fake_root.placed[2], FAKE_PARKED);
    life_cpus_tick(fake_root.now); /* no answer yet */
    assert_int_equal(part->plan.given, 3);
    fake_cpus_are(part, 3);
    life_event(other, ON_KILL);
    assert_true(cpus(part, 3));
    assert_int_equal(fake_cpus_wanted(part), 7);
    fake_cpus_are(part, 7);
    assert_true(cpus(part, 1));
    assert_int_equal(fake_cpus_wanted(part), 1);
    life_cpus_tick(fake_root.now);
    assert_int_equal(part->plan.given, 7);
    life_event(other, ON_START);
    assert_non_null(strstr(other->ended, "only 0 are free"));
    fake_cpus_are(part, 3);
    life_cpus_tick(fake_root.now);
    assert_int_equal(part->plan.given, 3);
    assert_int_equal(fake_root.placed[2], FAKE_PARKED);
    assert_non_null(strstr(fake_root.said, "bulkhead: a gave back CPU 2"));
    life_event(other, ON_START);
    assert_int_equal(other->state, LIFE_RUNNING);
    assert_true(cpus(part, 2)); /* vCPU 1 is still there: it stays */
    assert_int_equal(fake_cpus_wanted(part), 3);
    assert_int_equal(part->hot.due, 0);
    life_event(part, ON_RESTART);
    ends(part, 0);
    assert_int_equal(part->plan.given, 3); /* it starts with what it had last */
}

/* A guest that does not answer keeps its CPUs, which is said; what a VM claims of CPUs that it has not counts for nothing. */
static void test_cpus_are_kept(void **unused)
{
    struct part *part = vm_of("a", "2 of 3");

    (void)unused;
    fake_cpus_are(part, 3);
    assert_true(cpus(part, 1));
    fake_cpus_are(part, 3);
    life_event(part, ON_PAUSE);
    fake_root.now += 100000 * FAKE_MS;
    life_cpus_tick(fake_root.now);
    assert_false(cpus(part, 2));
    assert_string_equal(why_not, "it is paused, and must be running, waiting, ended or not started");
    life_event(part, ON_RESUME);
    fake_root.now += 9999 * FAKE_MS;
    life_cpus_tick(fake_root.now);
    assert_null(strstr(fake_root.said, "did not give"));
    fake_root.now += FAKE_MS;
    assert_int_equal(life_cpus_tick(fake_root.now), ~0ull);
    assert_non_null(strstr(fake_root.said, "bulkhead: a did not give back CPU 2 within 10 s: it keeps it"));
    assert_int_equal(part->plan.given, 3);
    assert_int_equal(fake_cpus_wanted(part), 3);
    assert_int_equal(part->conf->cpus.count, 2);
    fake_cpus_are(part, ~1u); /* all but its first one */
    life_cpus_tick(fake_root.now);
    assert_int_equal(part->plan.given, 3);
    fake_cpus_are(part, 1); /* too late, or by itself: it is free all the same */
    life_cpus_tick(fake_root.now);
    assert_int_equal(part->plan.given, 1);
    assert_int_equal(fake_cpus_wanted(part), 1);
    fake_root.place_fails = true;
    assert_false(cpus(part, 3));
    assert_string_equal(why_not, "refused");
    assert_int_equal(part->plan.given, 1);
    fake_root.place_fails = false;
    assert_false(cpus(part, 0));
    assert_string_equal(why_not, "it can have 1 to 3 (`cpus = N of MOST` in its description allows more)");
    assert_false(cpus(part, 4));
    life_event(part, ON_KILL);
    assert_true(cpus(part, 3));
    life_event(part, ON_START);
    assert_int_equal(part->plan.given, 7);
}

/* Whatever comes in whatever order: what the kernel has and what the states say is the same. */
static void test_random(void **unused)
{
    uint64_t mem = fake_root.mem_pages;
    struct part *part[8] = { NULL };

    (void)unused;
    srand(7);
    for (unsigned step = 0; step < 200000; step++) {
        unsigned i = (unsigned)rand() % 8, living = 0, consoles = 0;
        char name[2] = { (char)('a' + i), '\0' };

        fake_root.create_fails = rand() % 16 == 0;
        if (part[i] == NULL) {
            part[i] = make(name);
            part[i]->conf->kind = rand() % 2 ? CONF_VM : CONF_CONTAINER;
            part[i]->conf->cpus.most = part[i]->conf->kind == CONF_VM ? 3 : 1;
            part[i]->conf->cpus.exclusive = rand() % 4 == 0;
            part[i]->conf->restart = (struct restart_policy){ rand() % 3, (uint32_t)rand() % 4 };
            life_watch(part[i], rand() % 2 ? 300 : 0);
        } else if (rand() % 8 == 0 && part_alive(part[i])) {
            ends(part[i], rand() % 2);
        } else {
            enum life_event event = (enum life_event)(rand() % ON_DUE);

            if (event == ON_DESTROY && rand() % 4 != 0)
                continue;
            if (life_event(part[i], event) && event == ON_DESTROY)
                part[i] = NULL;
        }
        if (part[i] != NULL && rand() % 3 == 0)
            (void)cpus(part[i], (uint32_t)rand() % 5);
        if (part[i] != NULL && part_alive(part[i]) && rand() % 3 == 0)
            fake_cpus_are(part[i], (uint32_t)rand() % 8);
        if (rand() % 4 == 0)
            pass_ms((uint64_t)rand() % 200);
        life_cpus_tick(fake_root.now);
        fake_root.said[0] = '\0';
        FOR_EACH_PART(p) {
            assert_int_equal(part_alive(p), holds(p->state));
            living += part_alive(p);
            consoles += p->shm != 0;
            assert_true(!part_alive(p) || (plan_has(&p->plan, 0) && (p->plan.given & ~7u) == 0));
        }
        assert_int_equal(living, fake_root.living);
        assert_int_equal(consoles, fake_root.consoles);
    }
    for (unsigned i = 0; i < 8; i++)
        if (part[i] != NULL)
            life_event(part[i], ON_DESTROY);
    assert_int_equal(fake_root.mem_pages, mem);
    assert_int_equal(fake_root.consoles, 0);
    assert_null(part_next(NULL));
    for (unsigned cpu = 0; cpu < life_machine()->cpu_count; cpu++)
        assert_true(life_machine()->cpu[cpu].users == 0 && life_machine()->cpu[cpu].shares == 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_words),
        cmocka_unit_test_setup(test_grace, setup),
        cmocka_unit_test_setup(test_restart, setup),
        cmocka_unit_test_setup(test_pause, setup),
        cmocka_unit_test_setup(test_crash_loop, setup),
        cmocka_unit_test_setup(test_always, setup),
        cmocka_unit_test_setup(test_watchdog, setup),
        cmocka_unit_test_setup(test_out_of_memory, setup),
        cmocka_unit_test_setup(test_names_and_slots, setup),
        cmocka_unit_test_setup(test_after, setup),
        cmocka_unit_test_setup(test_cpus_come_and_go, setup),
        cmocka_unit_test_setup(test_cpus_are_kept, setup),
        cmocka_unit_test_setup(test_random, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
