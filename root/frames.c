/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <abi/frames.h>
#include <abi/start.h>
#include <user/sys.h>
#include "frames.h"

#define TRIES     10
#define MAX_LINES 20
#define FREE      FRAMES_FREE
#define CLAIMED   0x80000000u /* in owner[]: an object says that the frame is its own */
#define SHOWN     0x40000000u /* of a page of the kernel: some partition has it mapped */
#define NUMBER    0x3fffffffu

struct object {
    uint32_t number, maps, seen;
    unsigned part;
};

struct state {
    struct frames_check *check;
    struct object *object; /* sorted by number */
    size_t objects, room;
    uint64_t changes;      /* as the first answer of this pass told */
    uint64_t pages;        /* of the objects of the partition that is looked at */
    size_t used;
    char text[MAX_LINES * 160]; /* what is wrong, line by line: printed when nothing changed meanwhile */
};

static void complain(struct state *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void complain(struct state *s, const char *format, ...)
{
    va_list args;

    if (s->check->wrong++ >= MAX_LINES)
        return;
    char line[160];
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    s->used += (size_t)snprintf(s->text + s->used, sizeof(s->text) - s->used, "frames: %.150s\n", line);
}

static const char *name(const struct state *s, unsigned part)
{
    return s->check->part[part].name;
}

/* Goes through all runs of a kind; false: the partition is not there any more. */
static bool for_each_run(struct state *s, enum frames_kind kind, unsigned part,
                         void (*look)(struct state *s, unsigned part, const struct frame_run *run))
{
    struct frames_page page = { .kind = kind };

    while (page.cursor != FRAMES_END) {
        if (sys_frames_read(H_POWER, (uint64_t)s->check->part[part].handle, &page) != OK)
            return false;
        if (s->changes == 0)
            s->changes = page.changes;
        if (s->changes != page.changes)
            s->check->unstable = true;
        s->check->free_frames = page.free_frames;
        s->check->free_kmem = page.free_kmem;
        for (uint32_t i = 0; i < page.count; i++)
            look(s, part, &page.run[i]);
    }
    return true;
}

/* The part of a run that lies within the table. */
static uint32_t end_of(const struct state *s, const struct frame_run *run)
{
    uint64_t end = (uint64_t)run->frame + run->pages;

    return (uint32_t)(end < s->check->frames ? end : s->check->frames);
}

static void look_table(struct state *s, unsigned part, const struct frame_run *run)
{
    (void)part;
    for (uint32_t f = run->frame; f < end_of(s, run); f++)
        s->check->owner[f] = run->object;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = ((const struct object *)a)->number, y = ((const struct object *)b)->number;

    return x < y ? -1 : x > y;
}

static struct object *find(const struct state *s, uint32_t number)
{
    struct object key = { .number = number };

    return bsearch(&key, s->object, s->objects, sizeof(key), by_number);
}

static void add_object(struct state *s, unsigned part, const struct frame_run *run)
{
    if (s->objects > 0 && s->object[s->objects - 1].number == run->object)
        return; /* its next run */
    if (s->objects == s->room) {
        size_t room = s->room * 2 + 64;
        struct object *more = realloc(s->object, room * sizeof(*more));
        if (more == NULL) {
            complain(s, "no memory for the list of objects");
            return;
        }
        s->object = more;
        s->room = room;
    }
    s->object[s->objects++] = (struct object){ run->object, run->maps, 0, part };
}

static void look_object(struct state *s, unsigned part, const struct frame_run *run)
{
    uint32_t *owner = s->check->owner;

    add_object(s, part, run);
    s->pages += run->pages;
    if (run->frame + (uint64_t)run->pages > s->check->frames)
        complain(s, "%s: object %u has frames beyond the end of RAM", name(s, part), run->object);
    for (uint32_t f = run->frame; f < end_of(s, run); f++) {
        if (owner[f] != FREE && owner[f] & CLAIMED)
            complain(s, "frame 0x%x: object %u of %s says that it is its own, and so does object %u", f, run->object,
                     name(s, part), owner[f] & NUMBER);
        else if (owner[f] != run->object)
            complain(s, "frame 0x%x: object %u of %s says that it is its own, the table that it %s %u", f, run->object,
                     name(s, part), owner[f] == FREE ? "is free:" : "belongs to object", owner[f]);
        owner[f] = run->object | CLAIMED;
    }
}

static void look_kernel_page(struct state *s, unsigned part, const struct frame_run *run)
{
    uint32_t *owner = s->check->owner;

    for (uint32_t f = run->frame; f < end_of(s, run); f++) {
        if (owner[f] & SHOWN)
            complain(s, "%s: page of the kernel 0x%x is mapped twice, here at 0x%llx", name(s, part), f,
                     (unsigned long long)run->at);
        owner[f] |= SHOWN;
    }
}

static void look_leaf(struct state *s, unsigned part, const struct frame_run *run)
{
    const uint32_t *owner = s->check->owner;
    struct object *object = run->object ? find(s, run->object) : NULL;

    s->check->leaves++;
    if (run->object && object == NULL)
        complain(s, "%s: 0x%llx leads to frame 0x%x of object %u, which nobody has", name(s, part),
                 (unsigned long long)run->at, run->frame, run->object);
    if (object)
        object->seen++;
    for (uint32_t f = run->frame; f < end_of(s, run); f++)
        if (owner[f] == FREE || (owner[f] & NUMBER) != run->object) {
            complain(s, "%s: 0x%llx leads to frame 0x%x, which %s", name(s, part), (unsigned long long)run->at, f,
                     owner[f] == FREE ? "is free" : "is another's");
            return;
        }
    if (run->object == 0)
        look_kernel_page(s, part, run);
}

static void check_owners(struct state *s)
{
    const uint32_t *owner = s->check->owner;
    uint64_t free_frames = 0;

    for (uint64_t f = 0; f < s->check->frames; f++) {
        if (owner[f] == FREE)
            free_frames++;
        else if (owner[f] && !(owner[f] & (CLAIMED | SHOWN)))
            complain(s, "frame 0x%llx belongs to object %u, which does not know it", (unsigned long long)f, owner[f]);
    }
    if (free_frames != s->check->free_frames)
        complain(s, "%llu frames are free, the kernel counts %llu", (unsigned long long)free_frames,
                 (unsigned long long)s->check->free_frames);
    for (size_t i = 0; i < s->objects; i++)
        if (s->object[i].seen != s->object[i].maps)
            complain(s, "object %u of %s: %u mappings lead to it, the kernel counts %u", s->object[i].number,
                     name(s, s->object[i].part), s->object[i].seen, s->object[i].maps);
}

static bool check_objects(struct state *s, unsigned part)
{
    struct part_info info = { 0 };

    s->pages = 0;
    if (!for_each_run(s, FRAMES_OBJECTS, part, look_object) ||
        sys_part_info((uint64_t)s->check->part[part].handle, &info) != OK)
        return false;
    if (s->pages != info.mem_pages)
        complain(s, "%s: its objects have %llu pages, its account %llu", name(s, part), (unsigned long long)s->pages,
                 (unsigned long long)info.mem_pages);
    return true;
}

/* What was given to partitions is what they use and what is free: nothing is lost, nothing is there twice. */
static bool check_sums(struct state *s)
{
    uint64_t kmem_quota = 0, kmem_used = 0, mem_quota = 0, mem_used = 0;
    struct part_info info = { 0 };

    for (unsigned i = 0; i < s->check->parts; i++) {
        if (sys_part_info((uint64_t)s->check->part[i].handle, &info) != OK)
            return false;
        kmem_quota += info.kmem_quota;
        kmem_used += info.kmem_pages;
        mem_quota += info.mem_quota;
        mem_used += info.mem_pages;
    }
    if (kmem_quota != kmem_used + s->check->free_kmem)
        complain(s, "kernel memory: %llu pages given, %llu used, %llu free", (unsigned long long)kmem_quota,
                 (unsigned long long)kmem_used, (unsigned long long)s->check->free_kmem);
    if (mem_quota != mem_used + s->check->free_frames)
        complain(s, "RAM: %llu pages given, %llu used, %llu free", (unsigned long long)mem_quota,
                 (unsigned long long)mem_used, (unsigned long long)s->check->free_frames);
    return true;
}

/* False: a partition went meanwhile. */
static bool pass(struct state *s)
{
    struct frames_check *check = s->check;
    bool there = for_each_run(s, FRAMES_TABLE, 0, look_table);

    for (unsigned i = 0; i < check->parts && there; i++)
        there = check_objects(s, i);
    check->objects = s->objects;
    if (s->objects)
        qsort(s->object, s->objects, sizeof(s->object[0]), by_number);
    for (unsigned i = 0; i < check->parts && there; i++)
        there = for_each_run(s, FRAMES_PAGES, i, look_leaf) && for_each_run(s, FRAMES_GUEST, i, look_leaf);
    if (!there)
        return false;
    check_owners(s);
    return check_sums(s);
}

uint64_t frames_room(void)
{
    struct frames_page page = { .kind = FRAMES_TABLE };

    return sys_frames_read(H_POWER, 0, &page) == OK ? page.frame_count * sizeof(uint32_t) : 0;
}

bool frames_check(struct frames_check *check)
{
    static struct state s;

    check->frames = frames_room() / sizeof(uint32_t);
    for (unsigned i = 0; i < TRIES; i++) {
        s = (struct state){ .check = check };
        check->leaves = check->wrong = 0;
        check->unstable = false;
        check->unstable |= !pass(&s);
        free(s.object);
        if (!check->unstable)
            break;
    }
    if (!check->unstable)
        printf("%s", s.text);
    return !check->unstable && check->wrong == 0;
}
