/* SPDX-License-Identifier: MIT */
/* A kernel as far as life.c needs it: partitions with quotas, an end, and a pause. */
#include "root.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "ring3.h"
#include <root/image.h>
#include <root/console.h>
#include <root/need.h>
#include <root/rings.h>

#define HANDLES 512

struct fake_part {
    bool exists, paused;
    struct part_info info;
    uint32_t kicks, cpus_wanted;
    uint64_t cpus_state;
};

struct fake_root fake_root;
struct conf conf;
static struct fake_part made[HANDLES];
static struct start_info info;

void fake_root_reset(void)
{
    for (struct part *part; (part = part_next(NULL)) != NULL;)
        part_remove(part);
    memset(made, 0, sizeof(made));
    memset(&conf, 0, sizeof(conf));
    fake_root = (struct fake_root){ .now = FAKE_MS, .mem_pages = 100000, .kmem_pages = 10000 };
    info.cpu_count = 4;
    info.flags = START_VMX;
    for (unsigned i = 0; i < info.cpu_count; i++)
        info.cpu[i].core = (uint16_t)i;
}

static struct fake_part *of(uint64_t handle)
{
    return handle < HANDLES && made[handle].exists ? &made[handle] : NULL;
}

void fake_exits(struct part *part, int64_t code)
{
    struct part_info *i = &of((uint64_t)part->handle)->info;

    i->state = PART_ENDED;
    i->end = END_EXIT;
    i->code = code;
}

uint32_t fake_cpus_wanted(const struct part *part)
{
    return of((uint64_t)part->handle)->cpus_wanted;
}

void fake_cpus_are(struct part *part, uint32_t there)
{
    struct fake_part *fake = of((uint64_t)part->handle);

    fake->cpus_state = (uint64_t)fake->cpus_wanted << 32 | there;
}

void fake_kick(struct part *part)
{
    of((uint64_t)part->handle)->kicks++;
}

bool fake_paused(const struct part *part)
{
    return of((uint64_t)part->handle)->paused;
}

/* need.c, create.c */
void need_judge(const struct conf_part *part, struct plan_need *need, char *why, size_t size)
{
    (void)part;
    (void)why;
    (void)size;
    *need = (struct plan_need){ .own_pages = 10, .file_pages = 10, .ready = true };
}

bool create_part(struct part *part)
{
    unsigned h = H_SELF_PART + 1;

    while (made[h].exists)
        h++;
    if (fake_root.create_fails) {
        strcpy(part->ended, "heap: no memory");
        return false;
    }
    (void)rings_open(part);
    made[h] = (struct fake_part){ .exists = true, .info = { .state = PART_RUNNING } };
    made[h].info.mem_quota = part->plan.mem_pages;
    made[h].info.kmem_quota = part->plan.kmem_pages;
    fake_root.mem_pages -= part->plan.mem_pages;
    fake_root.kmem_pages -= part->plan.kmem_pages;
    fake_root.living++;
    part->handle = h;
    part->stop = (int64_t)h + 1000;
    part->watch.kicks = &made[h].kicks;
    part->hot = (struct hot_cpus){ .word = &made[h].cpus_wanted, .state = &made[h].cpus_state, .wanted = part->plan.given,
                                   .event = cpus_most(&part->conf->cpus) > 1 ? (int64_t)h + 2000 : 0 };
    made[h].cpus_wanted = part->plan.given;
    for (unsigned i = 0; i < cpus_most(&part->conf->cpus); i++)
        part->thread[i] = (int64_t)(h * 100 + i);
    return true;
}

void part_give_back(struct part *part)
{
    struct fake_part *fake = of((uint64_t)part->handle);

    fake_root.mem_pages += fake->info.mem_quota;
    fake_root.kmem_pages += fake->info.kmem_quota;
    fake->exists = false;
    fake_root.living--;
    part->handle = 0;
}

uint64_t part_placement(const struct part *part, uint32_t thread)
{
    return plan_has(&part->plan, thread) ? part->plan.cpu[thread] : FAKE_PARKED;
}

/* rings.c, stats.c, console.c */
void rings_prepare(void)
{
}

int64_t rings_open(struct part *part)
{
    fake_root.consoles += part->shm == 0;
    part->shm = 1;
    return 0;
}

void part_drop_program(struct part *part)
{
    part->program = NULL;
}

void image_settle(struct conf_part *part)
{
    (void)part; /* no image here */
}

void rings_close(struct part *part)
{
    fake_root.consoles -= part->shm != 0;
    part->shm = 0;
}

void stats_refresh(struct part *part)
{
    (void)sys_part_info((uint64_t)part->handle, &part->info);
}

void console_notice(const char *format, ...)
{
    size_t used = strlen(fake_root.said);
    va_list args;

    va_start(args, format);
    vsnprintf(fake_root.said + used, sizeof(fake_root.said) - used, format, args);
    va_end(args);
}

void console_drain(struct part *part)
{
    (void)part;
}

void console_ended(const struct part *part)
{
    (void)part;
}

void console_last_line(const struct part *part, char *text, size_t size)
{
    (void)part;
    (void)size;
    text[0] = '\0';
}

/* the kernel */
int64_t sys_part_info(uint64_t part, struct part_info *to)
{
    if (part == H_SELF_PART) {
        *to = (struct part_info){ .mem_quota = fake_root.mem_pages, .kmem_quota = fake_root.kmem_pages };
        return 0;
    }
    *to = of(part)->info;
    return 0;
}

int64_t sys_part_kill(uint64_t part)
{
    struct part_info *i = &of(part)->info;

    if (i->state == PART_ENDED)
        return 0;
    i->state = PART_ENDED;
    i->end = END_KILLED;
    return 0;
}

int64_t sys_part_pause(uint64_t part, uint64_t on)
{
    if (fake_root.pause_fails)
        return ERR_STATE;
    of(part)->paused = on != 0;
    return 0;
}

int64_t sys_event_signal(uint64_t event)
{
    if (event < 2000)
        fake_root.asked = (int64_t)event - 1000;
    return 0;
}

int64_t sys_handle_close(uint64_t handle)
{
    (void)handle;
    return 0;
}

int64_t sys_thread_place(uint64_t thread, uint64_t placement)
{
    if (fake_root.place_fails && placement != FAKE_PARKED)
        return ERR_BUSY;
    fake_root.placed[thread % 100] = placement;
    return 0;
}

const char *sys_error(int64_t result)
{
    return result < 0 ? "refused" : "success";
}

const struct start_info *start_info(void)
{
    return &info;
}

/* the clock */
uint64_t clock_tsc(void)
{
    return fake_root.now;
}

uint64_t clock_to_ns(uint64_t tsc)
{
    return tsc * (1000000 / FAKE_MS);
}

uint64_t clock_deadline_ms(uint64_t ms)
{
    return fake_root.now + ms * FAKE_MS;
}
