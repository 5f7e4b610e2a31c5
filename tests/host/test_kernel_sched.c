/* SPDX-License-Identifier: MIT */
/* The scheduler of one CPU against a simulated clock: priorities, turns, budgets, timers, stopping. */
// sources: kernel/sched.c kernel/budget.c kernel/thread.c kernel/timer.c kernel/event.c lib/string.c tests/fake/ring0.c kernel/kmem.c
#include <fake/ring0.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <kernel/part.h>
#include <kernel/entry.h>
#include <kernel/irq.h>
#include <kernel/memory.h>
#include <kernel/sched.h>
#include <kernel/trace.h>

#define THREADS 24u
#define PERIOD  10000000ull /* 10 ms of a TSC of 1 GHz */
#define SECOND  1000000000ull
#define EVENT_ANY_BIT (~0ull >> 1) /* bit 63 is never set */

static struct part part;
static struct thread thread[THREADS];
static uint64_t ran[THREADS];
static struct thread *running;
static uint64_t armed; /* the CPU's timer */
static unsigned interrupts;
static jmp_buf left;   /* where ring 0 is left to */
uint64_t kernel_pml4_hpa = 0x1000;
uint64_t cpu_xcr0;

noreturn void entry_idle(void) { longjmp(left, 1); }

noreturn void entry_to_user(struct regs *regs)
{
    running = (struct thread *)regs;
    longjmp(left, 1);
}

noreturn void vcpu_resume(struct thread *t)
{
    running = t;
    longjmp(left, 1);
}

uint32_t trace_mask;
static unsigned traced[TRACE_TYPES];

void trace_write(uint64_t tsc, uint64_t what, uint64_t value, uint64_t duration)
{
    (void)tsc, (void)value, (void)duration;
    traced[what & 0xff]++;
}

void lapic_timer(uint64_t tsc) { armed = tsc; }
void smp_poll(void) {}

static struct cpu other_cpu;
static unsigned kicks;

void smp_kick(struct cpu *cpu)
{
    assert_ptr_equal(cpu, &other_cpu);
    kicks++;
}

void fpu_change(struct cpu *cpu, struct thread *t) { cpu->fpu_thread = t; }
void fpu_drop(struct cpu *cpu) { cpu->fpu_thread = NULL; }
void fpu_init(struct fpu *fpu, uint16_t control) { (void)fpu, (void)control; }
void handle_revoke_all(struct object *object) { (void)object; }
void irq_forget(const struct thread *t) { (void)t; }
void mem_release_if_unused(struct mem *mem) { (void)mem; }
void vcpu_load(struct cpu *cpu, struct thread *t) { cpu->loaded_thread = t; }
void vcpu_unload(struct cpu *cpu) { cpu->loaded_thread = NULL; }
bool vcpu_wakeable(struct thread *t) { return t->events != 0; }

static uint64_t guest_tick; /* the guest's timer is periodic with this */
static unsigned guest_ticks;

void vmx_timer_expired(struct vmx_vcpu *vcpu)
{
    guest_ticks++;
    if (guest_tick)
        sys_vcpu_timer(vcpu, fake_tsc + guest_tick);
}


/* Leaves the kernel: who runs now, NULL = idle. */
static struct thread *resume(void)
{
    running = NULL;
    if (setjmp(left) == 0)
        sched_resume();
    return running;
}

static void wait_for(uint64_t mask, uint64_t deadline)
{
    struct thread *t = running;

    t->events &= ~mask; // or it would not wait
    lock_take(&fake_cpu.lock);
    t->wait_deadline = deadline;
    t->wait_mask = mask;
    running = NULL;
    if (setjmp(left) == 0)
        sched_block(t);
}

static void wait_until(uint64_t deadline)
{
    wait_for(~0ull, deadline);
}

static void check_choice(void)
{
    for (unsigned i = 0; i < THREADS; i++) {
        if (thread[i].state == THREAD_READY)
            assert_true(running && thread[i].priority <= running->priority);
        if (thread[i].state == THREAD_RUNNING)
            assert_ptr_equal(running, &thread[i]);
    }
}

/* When thread 0 ran, to look at any window of time. */
#define STRETCHES 20000u
static struct { uint64_t from, to; } stretch[STRETCHES];
static unsigned stretches;
static uint64_t late; /* interrupts come up to so much too late */

static void note_stretch(uint64_t from, uint64_t to)
{
    if (stretches && stretch[stretches - 1].to == from)
        stretch[stretches - 1].to = to;
    else if (stretches < STRETCHES)
        stretch[stretches++] = (typeof(stretch[0])){ from, to };
}

/* The most that thread 0 ran in any window of so many ticks. */
static uint64_t worst_window(uint64_t ticks)
{
    uint64_t worst = 0;

    for (unsigned i = 0; i < stretches; i++) { // the worst ones begin with a stretch
        uint64_t end = stretch[i].from + ticks, sum = 0;
        for (unsigned k = i; k < stretches && stretch[k].from < end; k++)
            sum += (stretch[k].to < end ? stretch[k].to : end) - stretch[k].from;
        worst = sum > worst ? sum : worst;
    }
    return worst;
}

/* Time passes, with whatever timer interrupts come in it. */
static void pass(uint64_t ticks)
{
    uint64_t end = fake_tsc + ticks;

    while (fake_tsc < end) {
        uint64_t due = late && armed != NEVER ? armed + (uint64_t)rand() % late : armed;
        uint64_t next = due < end ? due : end;
        if (next > fake_tsc) {
            if (running)
                ran[running - thread] += next - fake_tsc;
            if (running == &thread[0])
                note_stretch(fake_tsc, next);
            fake_tsc = next;
        }
        if (armed <= fake_tsc) {
            armed = NEVER;
            interrupts++;
            sched_timer_interrupt();
            resume();
            check_choice();
        }
    }
}

static struct thread *start(unsigned i, unsigned priority, unsigned percent)
{
    struct thread *t = &thread[i];

    memset(t, 0, sizeof(*t));
    t->cpu = &fake_cpu;
    t->part = &part;
    t->priority = t->own_priority = (uint8_t)priority;
    t->period = PERIOD;
    t->budget = PERIOD * percent / 100;
    t->metered = percent < 100;
    t->state = THREAD_PARKED;
    t->timer = t->refill_at = t->vcpu_timer = t->wait_deadline = t->run_deadline = NEVER;
    t->budget_left = (int64_t)t->period;
    ran[i] = 0;
    sched_unpark(t);
    return t;
}

static int setup(void **state)
{
    (void)state;
    memset(&fake_cpu, 0, sizeof(fake_cpu));
    memset(thread, 0, sizeof(thread));
    memset(&part, 0, sizeof(part));
    for (unsigned i = 0; i < THREADS; i++) {
        thread[i].state = THREAD_STOPPED;
        thread[i].timer = thread[i].refill_at = NEVER;
        thread[i].cpu = &fake_cpu;
        thread[i].part = &part;
    }
    part.state = PART_RUNNING;
    fake_cpu.timer_tsc = fake_cpu.slice_end = armed = NEVER;
    fake_tsc = fake_cpu.switched_tsc = 12345;
    fake_cpu.stats.idle_tsc = -fake_tsc;
    memset(&other_cpu, 0, sizeof(other_cpu));
    other_cpu.timer_tsc = other_cpu.slice_end = NEVER;
    interrupts = kicks = stretches = 0;
    late = 0;
    running = NULL;
    return 0;
}

static void near(uint64_t value, uint64_t wanted, uint64_t slack)
{
    assert_in_range(value, wanted > slack ? wanted - slack : 0, wanted + slack);
}

static void test_priorities(void **state)
{
    (void)state;
    start(0, 1, 100);
    start(1, 9, 100);
    start(2, 5, 100);
    assert_ptr_equal(resume(), &thread[1]);
    pass(SECOND);
    assert_int_equal(ran[1], SECOND);
    assert_int_equal(interrupts, 0); // alone at its priority: nothing disturbs it
    wait_until(NEVER);
    assert_ptr_equal(running, &thread[2]);
    wait_until(NEVER);
    assert_ptr_equal(running, &thread[0]);
    event_signal(&thread[2], 4);
    assert_ptr_equal(resume(), &thread[2]);
    event_signal(&thread[0], 1);
    assert_ptr_equal(resume(), &thread[2]);
    event_signal(&thread[1], 2);
    assert_ptr_equal(resume(), &thread[1]);
    assert_int_equal(thread[1].regs.rax, 2); // what its event_wait returns
    assert_int_equal(thread[1].events, 0);
    for (unsigned i = 0; i < 3; i++)
        wait_until(NEVER);
    assert_null(running);
    pass(SECOND);
    sched_times(&thread[1], &part.end);
    assert_int_equal(part.end.cpu_tsc, ran[1]);
}

/* A thread that is woken while a better one runs is late by the time that one takes; idle time and records add up. */
static void test_latency(void **state)
{
    (void)state;
    trace_mask = ~0u;
    memset(traced, 0, sizeof(traced));
    start(0, 5, 100);
    start(1, 9, 100);
    assert_ptr_equal(resume(), &thread[1]);
    wait_until(NEVER);
    assert_ptr_equal(running, &thread[0]);
    wait_until(NEVER);
    assert_null(running);
    uint64_t idle = fake_cpu.stats.idle_tsc, from = fake_tsc;
    assert_true((int64_t)idle < 0); // it lasts
    pass(SECOND);
    event_signal(&thread[1], 1);
    assert_ptr_equal(resume(), &thread[1]);
    near(fake_cpu.stats.idle_tsc - idle - from, SECOND, 1000);
    event_signal(&thread[0], 1);
    pass(SECOND / 2);
    wait_until(NEVER);
    assert_ptr_equal(running, &thread[0]);
    near(thread[0].latency, SECOND / 2, 1000);
    assert_true(thread[1].latency < 1000);
    assert_int_equal(traced[TRACE_WAKE], 4); // two of them began
    assert_int_equal(traced[TRACE_BLOCK], 3);
    assert_int_equal(traced[TRACE_SWITCH], fake_cpu.stats.switches);
    trace_mask = 0;
}

/* Bits that nobody waits for stay, and wake nobody. */
static void test_masks(void **state)
{
    (void)state;
    start(0, 9, 100);
    start(1, 3, 100);
    resume();
    wait_for(6, fake_tsc + 1000);
    event_signal(&thread[0], 1);
    event_signal(&thread[0], 8);
    assert_ptr_equal(resume(), &thread[1]);
    event_signal(&thread[0], 4 | 16);
    assert_ptr_equal(resume(), &thread[0]);
    assert_int_equal(thread[0].regs.rax, 4);
    assert_int_equal(thread[0].events, 1 | 8 | 16);
    wait_for(0, fake_tsc + 1000);
    event_signal(&thread[0], ~0ull);
    assert_ptr_equal(resume(), &thread[1]);
    pass(2000);
    assert_ptr_equal(running, &thread[0]);
    assert_int_equal(thread[0].regs.rax, ERR_TIMEOUT);
    assert_int_equal(event_fetch(&thread[0], 24), 24);
    assert_int_equal(thread[0].events, EVENT_ANY_BIT & ~24ull);
    wait_for(2, NEVER);
    thread[0].in_guest = 1; // a guest that halted: any bit brings it back
    thread[0].vcpu = (struct vmx_vcpu *)&thread[0];
    event_signal(&thread[0], 1);
    assert_ptr_equal(resume(), &thread[0]);
    assert_int_equal(thread[0].events, EVENT_ANY_BIT & ~26ull);
}

static void test_turns(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        start(i, 7, 100);
    start(3, 2, 100);
    resume();
    pass(3 * SECOND);
    for (unsigned i = 0; i < 3; i++)
        near(ran[i], SECOND, PERIOD);
    assert_int_equal(ran[3], 0);
    assert_in_range(interrupts, 250, 350);
}

static void test_budgets(void **state)
{
    (void)state;
    start(0, 7, 60);
    start(1, 7, 20);
    start(2, 3, 100);
    resume();
    for (unsigned second = 1; second <= 5; second++) {
        pass(SECOND);
        near(ran[0], second * SECOND * 60 / 100, PERIOD);
        near(ran[1], second * SECOND * 20 / 100, PERIOD);
        near(ran[2], second * SECOND * 20 / 100, 2 * PERIOD);
    }
    wait_until(NEVER);
    assert_non_null(running);
}

/* A budget holds although its owner sleeps and wakes all the time. */
static void test_budget_of_a_sleeper(void **state)
{
    (void)state;
    start(0, 20, 25);
    start(1, 3, 100);
    resume();
    uint64_t end = fake_tsc + 2 * SECOND;
    while (fake_tsc < end) {
        pass(100000 + (uint64_t)rand() % 3000000);
        if (running == &thread[0] && rand() % 2)
            wait_until(fake_tsc + 1000 + (uint64_t)rand() % 500000);
        if (thread[0].state == THREAD_WAITING && rand() % 3 == 0)
            event_signal(&thread[0], 1);
        resume();
        check_choice();
    }
    assert_true(ran[0] <= 2 * SECOND * 25 / 100 + 3 * PERIOD);
    assert_int_equal(ran[0] + ran[1], fake_tsc - (end - 2 * SECOND));
}

/* All of them always have something to do: each gets its share. */
static void test_shares(void **state)
{
    (void)state;
    start(0, 7, 10);
    start(1, 7, 30);
    start(2, 7, 60);
    late = PERIOD / 500;
    resume();
    for (unsigned second = 1; second <= 10; second++) {
        pass(SECOND);
        near(ran[0], second * SECOND * 10 / 100, second * SECOND / 200);
        near(ran[1], second * SECOND * 30 / 100, second * SECOND / 200);
        near(ran[2], second * SECOND * 60 / 100, second * SECOND / 200);
    }
    assert_true(worst_window(PERIOD) <= PERIOD * 10 / 100 + late);
    assert_true(worst_window(SECOND) <= SECOND * 10 / 100 + late);
}

/* Sleeping, waking, yielding, being parked, at the worst of times: no window holds more than the budget. */
static void evade(unsigned pattern)
{
    uint64_t end = fake_tsc + 3 * SECOND, budget = PERIOD / 10;

    while (fake_tsc < end && stretches < STRETCHES) {
        struct thread *t = &thread[0];
        if (running == t) {
            // up to just before the budget ends; in crumbs; at random; all of it
            uint64_t rest = (uint64_t)t->budget_left;
            pass(pattern == 0 && rest > 100 ? rest - 100 : pattern == 1 ? budget / 40 : 1 + (uint64_t)rand() % budget);
        }
        if (running == t && rand() % 4 == 0)
            sched_yield();
        else if (running == t)
            wait_until(fake_tsc + (pattern == 1 ? PERIOD / 40 : 1 + (uint64_t)rand() % (rand() % 2 ? PERIOD : 1000)));
        if (pattern == 3 && rand() % 3 == 0) {
            (void)sched_park(t);
            resume();
            sched_unpark(t);
        }
        if (rand() % 3 == 0)
            event_signal(t, 1);
        resume();
        check_choice();
        pass(1 + (uint64_t)rand() % (pattern == 2 ? PERIOD : budget));
    }
}

static void test_evasion(void **state)
{
    (void)state;
    srand(9);
    for (unsigned pattern = 0; pattern < 4; pattern++)
        for (unsigned jitter = 0; jitter < 2; jitter++) {
            setup(state);
            start(0, 20, 10);
            start(1, 3, 100);
            late = jitter ? PERIOD / 100 : 0;
            resume();
            evade(pattern);
            assert_true(stretches > 100);
            assert_true(worst_window(PERIOD) <= PERIOD / 10 + late);
            assert_true(worst_window(SECOND) <= SECOND / 10 + late);
        }
}

/* Interrupts that come late by a third of the budget are paid back. */
static void test_debt(void **state)
{
    (void)state;
    start(0, 7, 10);
    start(1, 3, 100);
    late = PERIOD / 15;
    resume();
    pass(10 * SECOND);
    assert_true(worst_window(SECOND) <= SECOND / 10 + late);
    assert_true(ran[0] > 9 * SECOND / 10); // and not more than that
}

static void test_throttled_time(void **state)
{
    struct part_info info = { 0 };

    (void)state;
    start(0, 7, 25);
    start(1, 3, 100);
    resume();
    pass(SECOND);
    sched_times(&thread[0], &info);
    near(info.cpu_tsc, SECOND / 4, PERIOD);
    near(info.throttled_tsc, SECOND * 3 / 4, PERIOD);
    near(info.throttled, SECOND / PERIOD, 1);
    sched_times(&thread[1], &info);
    near(info.cpu_tsc, SECOND, 1); // of both
    near(info.throttled, SECOND / PERIOD, 1);
}

/* A reserve holds against any priority but root's; beyond it, or when others sleep, its owner is one of its priority. */
static void test_reserve(void **state)
{
    (void)state;
    struct thread *t = start(0, 2, 100);
    (void)sched_park(t);
    t->reserve = PERIOD / 5;
    t->metered = true;
    sched_unpark(t);
    start(1, 29, 100);
    start(2, PRIORITY_RESERVE, 100);
    late = PERIOD / 500;
    resume();
    pass(SECOND);
    near(ran[0], SECOND / 5, SECOND / 100);
    assert_int_equal(ran[1], 0);
    near(ran[2], SECOND * 4 / 5, SECOND / 100);
    while (running != &thread[2])
        pass(1000);
    wait_until(NEVER);
    pass(SECOND);
    near(ran[0], SECOND * 2 / 5, SECOND / 50);
    near(ran[1], SECOND * 4 / 5, SECOND / 50);
    while (running != &thread[1])
        pass(1000);
    wait_until(NEVER);
    interrupts = 0;
    pass(SECOND);
    near(ran[0], SECOND * 7 / 5, SECOND / 50);
    assert_true(interrupts < 20); // alone it is not disturbed
    (void)sched_park(t);
    resume();
    memset(t->refill, 0, sizeof(t->refill));
    t->ran_until = 0;
    t->budget = PERIOD / 2; // a limit, too
    sched_unpark(t);
    event_signal(&thread[1], 1);
    resume();
    pass(SECOND);
    near(ran[0], SECOND * 8 / 5, SECOND / 40);
    while (running != &thread[1])
        pass(1000);
    wait_until(NEVER);
    pass(SECOND);
    near(ran[0], SECOND * 21 / 10, SECOND / 40);
    assert_true(t->throttles > 80);
}

static void test_throttled_one_is_not_woken(void **state)
{
    (void)state;
    start(0, 9, 10);
    resume();
    uint64_t begin = fake_tsc;
    pass(PERIOD / 2);
    assert_null(running);
    assert_int_equal(thread[0].state, THREAD_THROTTLED);
    assert_int_equal(ran[0], PERIOD / 10);
    event_signal(&thread[0], 1);
    assert_null(resume());
    pass(PERIOD / 2 - 1);
    assert_null(running);
    pass(1);
    assert_ptr_equal(running, &thread[0]);
    assert_int_equal(fake_tsc, begin + PERIOD);
}

static void test_yield(void **state)
{
    (void)state;
    start(0, 7, 100);
    start(1, 7, 100);
    start(2, 6, 100);
    resume();
    for (unsigned i = 0; i < 1000; i++) {
        struct thread *before = running;
        fake_tsc += 100;
        sched_yield();
        resume();
        assert_true(running != before && running != &thread[2]);
    }
    wait_until(NEVER);
    struct thread *last = running;
    sched_yield(); // nobody of its priority: it goes on
    assert_ptr_equal(resume(), last);
    assert_ptr_not_equal(last, &thread[2]);
}

/* Each sleeper runs at exactly its deadline, in the order of the deadlines. */
static void test_timers(void **state)
{
    static uint64_t deadline[THREADS];

    (void)state;
    srand(7);
    start(THREADS - 1, 1, 100); // the CPU is never idle
    for (unsigned i = 0; i < THREADS - 1; i++)
        start(i, 9, 100);
    resume();
    while (running != &thread[THREADS - 1]) {
        deadline[running - thread] = fake_tsc + 1 + (uint64_t)rand() % SECOND;
        wait_until(deadline[running - thread]);
    }
    for (unsigned wakes = 0; wakes < 5000; wakes++) {
        uint64_t next = NEVER;
        for (unsigned i = 0; i < THREADS - 1; i++)
            next = deadline[i] < next ? deadline[i] : next;
        pass(next - fake_tsc);
        assert_int_equal(fake_tsc, next);
        while (running != &thread[THREADS - 1]) {
            unsigned i = (unsigned)(running - thread);
            assert_int_equal(deadline[i], fake_tsc);
            assert_int_equal(thread[i].regs.rax, ERR_TIMEOUT);
            deadline[i] = fake_tsc + 1 + (uint64_t)rand() % (rand() % 2 ? 1000 : SECOND);
            wait_until(deadline[i]);
        }
    }
    assert_in_range(interrupts, 1000, 5010);
}

/* A deadline that was met by a signal does not wake its owner later. */
static void test_old_deadline(void **state)
{
    (void)state;
    start(0, 9, 100);
    resume();
    wait_until(fake_tsc + 1000);
    pass(500);
    event_signal(&thread[0], 1);
    assert_ptr_equal(resume(), &thread[0]);
    wait_until(NEVER);
    pass(5000);
    assert_null(running);
    assert_int_equal(thread[0].state, THREAD_WAITING);
}

/* A guest's periodic timer goes on whatever its VMM waited for before; asleep and deaf to it, the guest costs nothing. */
static void test_guest_timer(void **state)
{
    (void)state;
    struct thread *t = start(0, 9, 100);
    start(1, 3, 100);
    resume();
    wait_until(fake_tsc + 1000);
    pass(1000);
    assert_ptr_equal(running, t);
    t->vcpu = (struct vmx_vcpu *)t;
    t->in_guest = 1;
    guest_tick = 10000;
    guest_ticks = 0;
    sys_vcpu_timer(t->vcpu, fake_tsc + guest_tick);
    pass(1000 * guest_tick);
    assert_int_equal(guest_ticks, 1000);
    wait_until(NEVER); // HLT
    assert_ptr_equal(running, &thread[1]);
    pass(1000 * guest_tick);
    assert_int_equal(guest_ticks, 1001);
    t->run_deadline = fake_tsc + 5 * guest_tick + 1; // the VMM wants to be back
    sched_timer_update(t);
    pass(5 * guest_tick + 1);
    assert_ptr_equal(running, t);
    assert_in_range(guest_ticks, 1001, 1002);
    t->run_deadline = NEVER; // as its next vcpu_run has it
    sched_timer_update(t);
    pass(5 * guest_tick); // it runs again: so does its timer
    assert_in_range(guest_ticks, 1006, 1008);
    guest_tick = 0;
}

static void test_stop(void **state)
{
    (void)state;
    start(0, 9, 10); // will be throttled
    start(1, 8, 100); // waits
    start(2, 7, 100); // runs
    start(3, 7, 100); // ready
    resume();
    pass(PERIOD / 5);
    assert_ptr_equal(running, &thread[1]);
    wait_until(fake_tsc + SECOND);
    struct thread *on = running;
    assert_true(on == &thread[2] || on == &thread[3]);
    part.state = PART_ENDED;
    assert_false(sched_stop(on)); // its registers are still in the CPU
    for (unsigned i = 0; i < 4; i++)
        (void)sched_stop(&thread[i]);
    assert_null(resume());
    for (unsigned i = 0; i < 4; i++)
        assert_true(sched_stop(&thread[i]));
    event_signal(&thread[1], 1);
    assert_null(resume());
    pass(2 * SECOND);
    assert_null(running);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(thread[i].state, THREAD_STOPPED);
    assert_int_equal(fake_cpu.ready, 0);
    assert_null(fake_cpu.timers);
}

/* What comes for a parked thread stays: signals, its deadline, the end of its turn; it does not run. */
static void test_park(void **state)
{
    (void)state;
    start(0, 9, 100);
    start(1, 8, 10);
    start(2, 7, 100);
    resume();
    assert_false(sched_park(&thread[0])); // it runs
    assert_ptr_equal(resume(), &thread[1]);
    assert_true(sched_park(&thread[0])); // this CPU has let go of it
    sched_unpark(&thread[0]);
    assert_ptr_equal(resume(), &thread[0]);
    wait_for(6, fake_tsc + SECOND);
    assert_true(sched_park(&thread[0]));
    event_signal(&thread[0], 1);
    event_signal(&thread[0], 2);
    sched_unpark(&thread[0]);
    assert_ptr_equal(resume(), &thread[0]);
    assert_int_equal(thread[0].regs.rax, 2);
    assert_int_equal(thread[0].events, 1);
    uint64_t deadline = fake_tsc + 1000;
    wait_for(4, deadline);
    assert_true(sched_park(&thread[0]));
    pass(SECOND);
    assert_int_equal(thread[0].state, THREAD_PARKED);
    sched_unpark(&thread[0]);
    resume();
    pass(1);
    assert_ptr_equal(running, &thread[0]);
    assert_int_equal(thread[0].regs.rax, (uint64_t)ERR_TIMEOUT);
    wait_for(4, fake_tsc + 5000);
    (void)sched_park(&thread[0]);
    sched_unpark(&thread[0]);
    resume();
    assert_int_equal(thread[0].state, THREAD_WAITING); // nothing came: it waits on, for the rest of its time
    pass(4999);
    assert_ptr_not_equal(running, &thread[0]);
    pass(1);
    assert_ptr_equal(running, &thread[0]);
    wait_until(NEVER);
    thread[0].in_guest = 1; // a halted guest looks again why it waits
    (void)sched_park(&thread[0]);
    sched_unpark(&thread[0]);
    assert_ptr_equal(resume(), &thread[0]);
}

/* A parked thread goes on elsewhere; who signals it meanwhile or later finds it there. */
static void test_move(void **state)
{
    (void)state;
    struct thread *t = start(0, 9, 100);
    start(1, 3, 100);
    resume();
    wait_for(6, fake_tsc + SECOND);
    assert_true(sched_park(t));
    t->cpu = &other_cpu;
    unsigned before = kicks;
    pass(2 * SECOND); // what this CPU had armed for it comes to nothing
    assert_int_equal(armed, NEVER);
    sched_unpark(t);
    assert_int_equal(t->state, THREAD_WAITING);
    assert_ptr_equal(other_cpu.timers, t);
    assert_null(fake_cpu.timers);
    assert_true(kicks > before && other_cpu.resched); // that CPU arms its own timer
    assert_int_equal(armed, NEVER);
    other_cpu.resched = 0;
    event_signal(t, 2);
    assert_int_equal(t->state, THREAD_READY);
    assert_ptr_equal(other_cpu.queue[9], t);
    assert_true(other_cpu.resched && kicks > before + 1);
    resume();
    assert_ptr_equal(running, &thread[1]);
    assert_true(sched_park(t));
    assert_int_equal(other_cpu.ready, 0);
    t->cpu = &fake_cpu;
    sched_unpark(t);
    assert_ptr_equal(resume(), t);
}

/* Whatever happens in whatever order: the best one runs, and nobody is lost. */
static void test_random(void **state)
{
    (void)state;
    srand(8);
    for (unsigned round = 0; round < 30000; round++) {
        unsigned i = (unsigned)rand() % THREADS;
        switch (rand() % 9) {
        case 0:
            if (thread[i].state == THREAD_STOPPED && fake_cpu.current != &thread[i] && fake_cpu.fpu_thread != &thread[i])
                start(i, (unsigned)rand() % PRIORITIES, 1 + (unsigned)rand() % 100);
            break;
        case 1:
            if (rand() % 20 == 0)
                (void)sched_stop(&thread[i]);
            break;
        case 2: case 3: event_signal(&thread[i], 1); break;
        case 4: case 5:
            if (running && running->state == THREAD_RUNNING)
                wait_until(rand() % 2 ? NEVER : fake_tsc + (uint64_t)rand() % PERIOD);
            break;
        case 6:
            if (running && running->state == THREAD_RUNNING)
                sched_yield();
            break;
        case 7:
            if (rand() % 4 == 0)
                (void)sched_park(&thread[i]);
            else if (fake_cpu.current != &thread[i])
                sched_unpark(&thread[i]);
            break;
        default: break;
        }
        resume();
        check_choice();
        pass((uint64_t)rand() % (PERIOD / 10));
    }
    uint64_t queued = 0, ready = 0;
    for (unsigned i = 0; i < THREADS; i++)
        ready += thread[i].state == THREAD_READY;
    for (unsigned p = 0; p < PRIORITIES; p++)
        for (struct thread *t = fake_cpu.queue[p]; t; t = t->queue_next == fake_cpu.queue[p] ? NULL : t->queue_next)
            queued++;
    assert_int_equal(queued, ready + (running != NULL)); // the running one keeps its place
}

// An exclusive CPU belongs to a partition from its first exclusive thread until its last thread left.
static void test_owner(void **state)
{
    (void)state;
    static struct part other;
    const uint64_t exclusive = PLACEMENT(1, 5, 0, 0, 0) | PLACE_EXCLUSIVE, shared = PLACEMENT(1, 5, 0, 0, 0), away = 0;

    cpus[1] = &other_cpu;
    cpu_count = 2;
    for (unsigned i = 0; i < 3; i++)
        thread[i].cpu = NULL;
    thread[2].part = &other;
    assert_int_equal(thread_place(&thread[0], exclusive), OK);
    assert_int_equal(thread_place(&thread[2], shared), ERR_BUSY);
    assert_int_equal(thread_place(&thread[2], exclusive), ERR_BUSY);
    assert_null(thread[2].cpu);
    assert_int_equal(thread_place(&thread[1], exclusive), OK); // they are among themselves
    assert_int_equal(thread_place(&thread[0], away), OK);
    assert_int_equal(thread_place(&thread[2], shared), ERR_BUSY);
    assert_int_equal(thread_place(&thread[1], shared), OK); // alone, and not exclusive any more
    assert_int_equal(thread_place(&thread[2], shared), OK);
    assert_int_equal(thread_place(&thread[1], exclusive), ERR_BUSY);
    assert_int_equal(thread_place(&thread[1], away), OK);
    assert_int_equal(thread_place(&thread[2], exclusive), OK);
    assert_int_equal(thread_place(&thread[0], shared), ERR_BUSY);
    assert_int_equal(other_cpu.threads, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_priorities, setup), cmocka_unit_test_setup(test_masks, setup),
        cmocka_unit_test_setup(test_latency, setup),
        cmocka_unit_test_setup(test_turns, setup),
        cmocka_unit_test_setup(test_budgets, setup),    cmocka_unit_test_setup(test_budget_of_a_sleeper, setup),
        cmocka_unit_test_setup(test_shares, setup),     cmocka_unit_test_setup(test_evasion, setup),
        cmocka_unit_test_setup(test_debt, setup),       cmocka_unit_test_setup(test_throttled_time, setup),
        cmocka_unit_test_setup(test_reserve, setup),
        cmocka_unit_test_setup(test_throttled_one_is_not_woken, setup),
        cmocka_unit_test_setup(test_yield, setup),      cmocka_unit_test_setup(test_timers, setup),
        cmocka_unit_test_setup(test_old_deadline, setup), cmocka_unit_test_setup(test_guest_timer, setup),
        cmocka_unit_test_setup(test_stop, setup),       cmocka_unit_test_setup(test_park, setup),
        cmocka_unit_test_setup(test_move, setup), cmocka_unit_test_setup(test_owner, setup),
        cmocka_unit_test_setup(test_random, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
