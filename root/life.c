/* SPDX-License-Identifier: MIT */
/* Carrying out what the table of states and events says, and looking after what is due. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <user/clock.h>
#include <user/start.h>
#include <user/sys.h>
#include "console.h"
#include "end_text.h"
#include "image.h"
#include "life.h"
#include "need.h"
#include "rings.h"
#include "stats.h"

#define NEVER (~0ull)

static struct plan_machine machine; /* what is left to give; loads of the CPUs */

struct plan_machine *life_machine(void)
{
    return &machine;
}

static void ask_kernel_what_is_left(void)
{
    uint64_t mem = RESERVE_PAGES, kmem = RESERVE_PAGES;
    struct part_info own = { 0 };

    FOR_EACH_PART(part) {
        mem += part->shm > 0 ? 0 : CONSOLE_COST;
        if (part->plan.start && !part_alive(part)) { /* promised */
            mem += part->plan.mem_pages;
            kmem += part->plan.kmem_pages;
        }
    }
    if (sys_part_info(H_SELF_PART, &own) < 0)
        return;
    machine.free_pages = own.mem_quota - own.mem_pages;
    machine.free_pages -= machine.free_pages < mem ? machine.free_pages : mem;
    machine.kmem_pages = own.kmem_quota - own.kmem_pages;
    machine.kmem_pages -= machine.kmem_pages < kmem ? machine.kmem_pages : kmem;
}

/* All that start by themselves are planned for before the first is created. */
static void plan_all(void)
{
    static struct plan_need need[CONF_MAX_PARTS];
    static struct plan_part planned[CONF_MAX_PARTS];
    char idle[80];

    for (unsigned i = 0; i < conf.count; i++) {
        image_settle(&conf.part[i]);
        need_judge(&conf.part[i], &need[i], planned[i].why, sizeof(planned[i].why));
    }
    plan_make(&machine, &conf, need, planned);
    if (plan_idle_threads(&machine, idle, sizeof(idle))[0] != '\0')
        printf("bulkhead: CPU %s: left idle, another hyper-thread of the core is in use\n", idle);
    for (unsigned i = 0; i < conf.count; i++) {
        struct part *part = part_find(conf.part[i].name);

        if (part != NULL)
            part->plan = planned[i];
    }
}

void life_take_back(struct part *part)
{
    plan_undo(&machine, part->conf, &part->plan);
    part->plan.start = false;
}

/* Plan for it and create it; false: part->ended says why it does not run. */
static bool start(struct part *part)
{
    struct plan_need need;

    image_settle(part->conf);
    if (!part->plan.start) {
        ask_kernel_what_is_left();
        need_judge(part->conf, &need, part->plan.why, sizeof(part->plan.why));
        plan_one(&machine, part->conf, &need, &part->plan);
    }
    memcpy(part->ended, part->plan.why, sizeof(part->ended));
    if (!part->plan.start)
        return false;
    if (create_part(part))
        return true;
    life_take_back(part);
    return false;
}

/* It runs, or has done its work well. */
static bool is_there(const struct part *part)
{
    return part->state == LIFE_RUNNING || part->state == LIFE_PAUSED ||
           (part->state == LIFE_ENDED && !end_failed(&part->info));
}

const char *life_waits_for(const struct part *part)
{
    for (unsigned i = 0; i < part->conf->after_count; i++) {
        const struct part *other = part_find(part->conf->after[i]);

        if (other == NULL || !is_there(other))
            return part->conf->after[i];
    }
    return NULL;
}

static uint64_t next_due = NEVER; /* the earliest of all partitions, or earlier */

static void due_at(uint64_t tsc)
{
    if (tsc < next_due)
        next_due = tsc;
}

static bool may_start(const struct part *part)
{
    return life_waits_for(part) == NULL;
}

/* Take its figures and last words, then give back all that it held. */
static void bury(struct part *part)
{
    char last[120], text[sizeof(part->ended)];

    sys_part_kill((uint64_t)part->handle); /* who ended already stays as he is */
    stats_refresh(part);
    end_text(&part->info, part->conf->kind == CONF_VM, text, sizeof(text));
    if (part->ended[0] == '\0' || part->info.end != END_KILLED)
        strcpy(part->ended, text);
    if (part->wake > 0)
        sys_handle_close((uint64_t)part->wake);
    if (part->stop > 0)
        sys_handle_close((uint64_t)part->stop);
    for (unsigned i = 0; i < CONF_MAX_CPUS; i++) {
        if (part->thread[i] > 0)
            sys_handle_close((uint64_t)part->thread[i]);
        part->thread[i] = 0;
    }
    if (part->hot.event > 0)
        sys_handle_close((uint64_t)part->hot.event);
    part->wake = part->stop = 0;
    part->hot = (struct hot_cpus){ 0 };
    part_give_back(part);
    console_drain(part);
    life_take_back(part);
    console_notice("bulkhead: %s ended: %s", part->conf->name, part->ended);
    if (end_failed(&part->info)) {
        console_last_line(part, last, sizeof(last));
        if (last[0] != '\0')
            console_notice("bulkhead: %s: its last line was: %s", part->conf->name, last);
    }
    console_ended(part);
}

static bool create(struct part *part)
{
    if (!start(part)) {
        console_notice("bulkhead: %s not started: %s", part->conf->name, part->ended);
        return false;
    }
    part->started = clock_tsc();
    if (part->restarts.in_a_row != 0)
        console_notice("bulkhead: %s starts again (%" PRIu32 " in a row)", part->conf->name,
                       part->restarts.in_a_row);
    return true;
}

static bool pause(struct part *part, bool on)
{
    int64_t result = sys_part_pause((uint64_t)part->handle, on);

    if (result < 0)
        printf("%s: cannot be %s: %s\n", part->conf->name, on ? "paused" : "resumed",
               sys_error(result));
    return result >= 0;
}

static bool ask_to_end(struct part *part)
{
    if (part->state == LIFE_PAUSED && !pause(part, false))
        return false;
    if (part->stop > 0)
        sys_event_signal((uint64_t)part->stop);
    return true;
}

static bool act(struct part *part, enum life_action action)
{
    switch (action) {
    case DO_CREATE: return create(part);
    case DO_PAUSE: return pause(part, true);
    case DO_RESUME: return pause(part, false);
    case DO_ASK: return ask_to_end(part);
    case DO_BURY: bury(part); return true;
    default: return true;
    }
}

static void forget(struct part *part)
{
    if (part_alive(part))
        bury(part);
    else if (part->plan.start)
        life_take_back(part);
    rings_close(part);
    part_drop_program(part);
    part_remove(part);
}

static void enter(struct part *part, enum life state)
{
    part->state = state;
    part->due = 0;
    if (state == LIFE_NEW && part->plan.start)
        life_take_back(part);
    if (state == LIFE_STOPPING || state == LIFE_RESTARTING)
        part->due = clock_deadline_ms(part->grace_ms);
    if (state == LIFE_BACKOFF) {
        restart_count(&part->restarts);
        part->due = clock_deadline_ms(restart_delay_ms(&part->restarts));
    }
    watch_from(&part->watch, state == LIFE_RUNNING ? clock_deadline_ms(part->watch.ms) : 0);
    due_at(0); /* look at all: others may come after it */
}

bool life_event(struct part *part, enum life_event event)
{
    struct life_step step = life_step(part->state, event);

    if (step.action == DO_REFUSE)
        return false;
    if (step.action == DO_REMOVE) {
        forget(part);
        return true;
    }
    if (event == ON_START || event == ON_RESTART)
        part->restarts.in_a_row = 0;
    if (act(part, step.action))
        enter(part, step.next);
    else if (step.action == DO_CREATE)
        enter(part, LIFE_NEW);
    else
        return false;
    if (part->state == LIFE_WAITING && may_start(part))
        return life_event(part, ON_DUE);
    return true;
}

/* It ended by itself, or must: does its policy want it back? */
static void ended(struct part *part, struct restart_policy policy, bool failed)
{
    uint64_t ran = clock_to_ns(clock_tsc() - part->started) / 1000000;

    restart_ran(&part->restarts, ran);
    if (part->state == LIFE_RUNNING && restart_gave_up(&policy, &part->restarts, failed))
        console_notice("bulkhead: %s: given up after %" PRIu32 " restarts in a row",
                       part->conf->name, part->restarts.in_a_row);
    life_event(part, restart_wanted(&policy, &part->restarts, failed) ? ON_AGAIN : ON_END);
}

void life_check(uint64_t ends)
{
    FOR_EACH_PART(part) {
        if (!part_alive(part) || (ends & part_end_bit(part)) == 0)
            continue;
        if (sys_part_info((uint64_t)part->handle, &part->info) == 0 &&
            part->info.state == PART_ENDED)
            ended(part, part->conf->restart, end_failed(&part->info));
    }
}

/* No sign of life: it is started anew, also when its policy would leave it ended; the limit holds. */
static void bark(struct part *part)
{
    struct restart_policy policy = part->conf->restart;

    if (policy.when == RESTART_NEVER)
        policy.when = RESTART_ON_FAILURE;
    snprintf(part->ended, sizeof(part->ended), "killed by its watchdog: no sign of life for %" PRIu32 " ms",
             part->watch.ms);
    ended(part, policy, true);
}

static void tick(struct part *part, uint64_t now)
{
    if (part->state == LIFE_WAITING ? may_start(part) : part->due != 0 && now >= part->due) {
        if (part_alive(part))
            snprintf(part->ended, sizeof(part->ended), "killed: did not end within %" PRIu64 " s",
                     part->grace_ms / 1000);
        life_event(part, ON_DUE);
    }
    if (watch_missed(&part->watch, now, clock_deadline_ms(part->watch.ms)))
        bark(part);
    if (part->due != 0)
        due_at(part->due);
    if (part->watch.due != 0)
        due_at(part->watch.due);
}

uint64_t life_tick(uint64_t now)
{
    if (now < next_due)
        return next_due;
    next_due = NEVER;
    FOR_EACH_PART(part)
        tick(part, now);
    return next_due;
}

void life_watch(struct part *part, uint32_t ms)
{
    part->watch.ms = ms;
    watch_from(&part->watch, part->state == LIFE_RUNNING ? clock_deadline_ms(ms) : 0);
    due_at(part->watch.due != 0 ? part->watch.due : NEVER);
}

struct part *life_add(const struct conf_part *wanted, char *why, size_t size)
{
    struct part *part = NULL;

    if (part_find(wanted->name) != NULL)
        snprintf(why, size, "there is a partition \"%s\" already", wanted->name);
    else if ((part = part_add(wanted)) == NULL)
        snprintf(why, size, "root has no room for more than %u partitions", PART_MAX);
    else
        part->watch.ms = wanted->watchdog_ms;
    return part;
}

static void start_by_itself(struct part *part)
{
    if (part == NULL || !part->conf->autostart)
        return;
    if (machine.vmx || part->conf->kind != CONF_VM || part->conf->bad)
        life_event(part, ON_START);
    else
        strcpy(part->ended, "VMs are unavailable on this machine");
}

void life_start_all(void)
{
    unsigned order[CONF_MAX_PARTS];
    char why[120];

    rings_prepare();
    plan_machine_init(&machine, start_info()->cpu_count);
    machine.vmx = (start_info()->flags & START_VMX) != 0;
    for (unsigned i = 0; i < machine.cpu_count; i++) {
        machine.cpu[i].core = start_info()->cpu[i].core;
        machine.cpu[i].node = start_info()->cpu[i].node;
    }
    for (unsigned i = 0; i < conf.count; i++)
        if (life_add(&conf.part[i], why, sizeof(why)) == NULL)
            printf("bulkhead: %s: %s\n", conf.part[i].name, why);
    ask_kernel_what_is_left();
    plan_all();
    conf_start_order(&conf, order);
    for (unsigned i = 0; i < conf.count; i++)
        start_by_itself(part_find(conf.part[order[i]].name));
}

bool life_all_ended(void)
{
    FOR_EACH_PART(part)
        if (part_alive(part) || part->state == LIFE_BACKOFF)
            return false;
    return true;
}
