// SPDX-License-Identifier: MIT
// RAM of partitions: every frame has one owner (a memory object) or lies in a free block of
// 4 KiB, 2 MiB or 1 GiB. All operations take constant time but for splitting and joining a
// block, which touch 512 entries.
//
// What is freed is dirty: it is cleared by CPUs that idle, else by who wants it next, and only then a free block like
// the others and joined with them.
#include <lib/string.h>
#include <sys/log.h>
#include "memory.h"

#define NONE     0xffffffffu
#define GROUP    512u
#define ORDERS   3u
#define DIRTY    ORDERS       // lists of what is to be cleared: frames, and behind it blocks of 2 MiB
#define LISTS    (ORDERS + 2)

// One entry a frame: links while it heads a free block, else its owner.
union entry {
    struct {
        uint32_t next, prev;
    };
    struct mem *mem;
};
// The state of an aligned 2 MiB or 1 GiB block as a whole stands at its first frame and outranks
// what its other frames say.
enum state { UNUSABLE, OWNED, OWNED_2M, FREE_4K, FREE_2M, FREE_1G, DIRTY_4K, DIRTY_2M };

static union entry *entries;
static uint8_t *states;
static uint16_t *free_in_2m; // free 4 KiB frames in each 2 MiB block that is split
static uint16_t *free_in_1g; // free 2 MiB blocks in each 1 GiB block that is split
static uint64_t frame_count;
static uint64_t free_frames;
static uint32_t lists[LISTS];
static struct { uint64_t frame, left; unsigned level; } cleaning; // a block, and how much of its end is dirty

static const unsigned order_of[ORDERS] = { 0, 9, 18 };

// Lists are rings: what comes first goes first, so that neighbours stay together and make one extent.
static void list_push(unsigned list, uint64_t frame)
{
    uint32_t f = (uint32_t)frame, head = lists[list] == NONE ? lists[list] = f : lists[list];

    entries[f].next = head;
    entries[f].prev = head == f ? f : entries[head].prev;
    entries[entries[f].prev].next = f;
    entries[head].prev = f;
    states[f] = (uint8_t)(FREE_4K + list);
}

static void list_remove(unsigned list, uint64_t frame)
{
    union entry e = entries[frame];

    entries[e.prev].next = e.next;
    entries[e.next].prev = e.prev;
    if (lists[list] == frame)
        lists[list] = e.next == frame ? NONE : e.next;
}

static uint16_t *free_in(unsigned level, uint64_t frame)
{
    return level == 0 ? &free_in_2m[frame / GROUP] : &free_in_1g[frame / GROUP / GROUP];
}

// Puts a clean block on its list; joins it with its neighbours when they complete a larger one.
static void block_free(unsigned level, uint64_t frame)
{
    uint64_t size = 1ull << order_of[level];

    list_push(level, frame);
    if (level == ORDERS - 1)
        return;
    if (++*free_in(level, frame) < GROUP)
        return;
    uint64_t first = frame & ~(size * GROUP - 1);
    for (unsigned i = 0; i < GROUP; i++) {
        list_remove(level, first + i * size);
        states[first + i * size] = UNUSABLE;
    }
    *free_in(level, first) = 0;
    block_free(level + 1, first);
}

static bool block_take(unsigned level, uint64_t *frame)
{
    if (lists[level] != NONE) {
        *frame = lists[level];
        list_remove(level, *frame);
        if (level < ORDERS - 1)
            --*free_in(level, *frame);
        return true;
    }
    if (level == ORDERS - 1 || !block_take(level + 1, frame))
        return false;
    uint64_t size = 1ull << order_of[level];
    for (unsigned i = 1; i < GROUP; i++)
        list_push(level, *frame + i * size);
    *free_in(level, *frame) = GROUP - 1;
    return true;
}

bool frame_alloc(uint64_t pages, uint64_t *frame, uint64_t *got)
{
    unsigned level = pages >= GROUP * GROUP ? 2 : pages >= GROUP ? 1 : 0;

    for (; !block_take(level, frame); level--)
        if (level == 0 || cleaning.left > 0 || lists[DIRTY] != NONE || lists[DIRTY + 1] != NONE)
            return false;
    *got = 1ull << order_of[level];
    // The neighbours of a frame, which are frames for themselves, too.
    for (uint64_t f = *frame + 1; level == 0 && *got < pages && f % GROUP && states[f] == FREE_4K; f++, ++*got) {
        list_remove(0, f);
        --*free_in(0, f);
    }
    free_frames -= *got;
    return true;
}

// The next dirty block: one of 2 MiB where large ones are wanted, else rather a frame.
static bool clean_next(bool large)
{
    unsigned level = lists[DIRTY + 1] != NONE && (large || lists[DIRTY] == NONE);
    uint64_t frame = lists[DIRTY + level];

    if (frame == NONE)
        return false;
    list_remove(DIRTY + level, frame);
    cleaning = (typeof(cleaning)){ frame, 1ull << order_of[level], level };
    return true;
}

bool frame_clean(bool large, uint64_t pages)
{
    uint64_t left = pages;

    while (left > 0 && (cleaning.left > 0 || clean_next(large))) {
        uint64_t step = left < cleaning.left ? left : cleaning.left;
        ptab_zero_frames(cleaning.frame + (1ull << order_of[cleaning.level]) - cleaning.left, step);
        left -= step;
        cleaning.left -= step;
        if (cleaning.left == 0)
            block_free(cleaning.level, cleaning.frame);
    }
    return left < pages;
}

void frame_set_mem(uint64_t frame, uint64_t count, struct mem *mem)
{
    memory_changes++;
    while (count > 0) {
        bool block = frame % GROUP == 0 && count >= GROUP;
        entries[frame].mem = mem;
        states[frame] = block ? OWNED_2M : OWNED;
        frame += block ? GROUP : 1;
        count -= block ? GROUP : 1;
    }
}

// The first frame of the block that the frame is in, with the state of that block.
static uint64_t block_of(uint64_t frame, enum state *state)
{
    uint64_t head = frame & ~(uint64_t)(GROUP - 1), giant = head & ~(uint64_t)(GROUP * GROUP - 1);
    bool block = states[head] == FREE_2M || states[head] == DIRTY_2M || states[head] == OWNED_2M;
    uint64_t first = states[giant] == FREE_1G ? giant : block ? head : frame;

    *state = states[first];
    return first;
}

struct mem *frame_mem(uint64_t frame)
{
    enum state state;

    if (frame >= frame_count)
        return NULL;
    uint64_t first = block_of(frame, &state);
    return state == OWNED || state == OWNED_2M ? entries[first].mem : NULL;
}

bool frame_is_free(uint64_t frame)
{
    enum state state;

    (void)block_of(frame, &state);
    return state >= FREE_4K;
}

void frame_free(uint64_t frame, uint64_t count)
{
    memory_changes++;
    free_frames += count;
    while (count > 0) {
        bool block = frame % GROUP == 0 && count >= GROUP;
        list_push(DIRTY + block, frame);
        frame += block ? GROUP : 1;
        count -= block ? GROUP : 1;
    }
}

uint64_t frame_total(void)
{
    return frame_count;
}

uint64_t frame_free_pages(void)
{
    return free_frames;
}

// The tables themselves lie in the kernel pool, right behind what boot/ used.
static void *table(uint64_t *at, uint64_t bytes)
{
    void *start = (void *)(KPOOL_VA + *at);

    *at += (bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
    return start;
}

uint64_t frame_tables(const struct boot_info *boot)
{
    uint64_t at = boot->kpool_used;

    frame_count = boot->ram_end / PAGE_BYTES;
    entries = table(&at, frame_count * sizeof(*entries));
    states = table(&at, frame_count);
    free_in_2m = table(&at, (frame_count / GROUP + 1) * sizeof(*free_in_2m));
    free_in_1g = table(&at, (frame_count / GROUP / GROUP + 1) * sizeof(*free_in_1g));
    if (at > boot->kpool_bytes)
        sys_panic("the kernel pool (%lu KiB) is too small for the frame table (%lu KiB): set kernel_memory=",
                  boot->kpool_bytes / 1024, at / 1024);
    return at;
}

void frame_init(const struct boot_info *boot)
{
    free_frames = 0;
    cleaning.left = 0;
    memset(lists, 0xff, sizeof(lists));
    memset(states, UNUSABLE, frame_count);
    memset(free_in_2m, 0, (frame_count / GROUP + 1) * sizeof(*free_in_2m));
    memset(free_in_1g, 0, (frame_count / GROUP / GROUP + 1) * sizeof(*free_in_1g));
    for (unsigned i = 0; i < boot->ram_count; i++)
        frame_free(boot->ram[i].base / PAGE_BYTES, boot->ram[i].bytes / PAGE_BYTES);
}
