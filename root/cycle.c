/* SPDX-License-Identifier: MIT */
/*
 * `cycle NAME N`, for tests: N times a partition like NAME is created, started, ended at some
 * moment and destroyed, and what root has left must be the same afterwards. Root does nothing else
 * meanwhile.
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <user/clock.h>
#include <user/event.h>
#include <user/start.h>
#include <user/sys.h>
#include "console.h"
#include "shell.h"

#define CYCLE_NAME   "cycle"
#define TO_ITS_END   64    /* every so manieth runs until it ends by itself */
#define END_WAIT_MS  1000u
#define RUN_TICKS    100000u /* the others are killed within so many TSC ticks */
#define REPORT       1000u

struct figures {
    uint64_t memory, kernel, handles, heap;
};

/* newlib 3.3 fills ten ints, whatever its header says (mallocr.c against malloc.h). */
static uint64_t heap_used(void)
{
    struct mallinfo info = mallinfo();
    unsigned field[10];

    memcpy(field, &info, sizeof(field));
    return field[7]; /* uordblks */
}

static struct figures left(void)
{
    struct part_info info = { 0 };

    (void)sys_part_info(H_SELF_PART, &info);
    return (struct figures){ info.mem_quota - info.mem_pages, info.kmem_quota - info.kmem_pages,
                             info.handles, heap_used() };
}

static void print_left(const char *when, const struct figures *f)
{
    printf("cycle: %s: %" PRIu64 " pages free, %" PRIu64 " kernel pages free, %" PRIu64
           " handles, %" PRIu64 " bytes of root's heap\n", when, f->memory, f->kernel, f->handles,
           f->heap);
}

static uint32_t next_random(void)
{
    static uint32_t state = 1;

    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

/* Let it run for a moment, or until it ends. */
static void run(struct part *part, bool to_its_end)
{
    uint64_t until = to_its_end ? clock_deadline_ms(END_WAIT_MS)
                                : clock_tsc() + next_random() % RUN_TICKS;

    /* A bit that is left from an earlier one that was killed means nothing. */
    while (part_alive(part) && event_take(part_end_bit(part), until) != 0)
        life_check(part_end_bit(part));
}

struct cycle_sums {
    uint64_t create, destroy;
    unsigned by_itself;
};

static bool one(const struct conf_part *like, unsigned i, struct cycle_sums *sums)
{
    char why[120];
    uint64_t start = clock_tsc(), end;
    struct part *part = life_add(like, why, sizeof(why));

    if (part == NULL) {
        printf("cycle %u: %s\n", i, why);
        return false;
    }
    life_event(part, ON_START);
    sums->create += clock_tsc() - start;
    if (part->state != LIFE_RUNNING) {
        printf("cycle %u: %s\n", i, part->ended);
        life_event(part, ON_DESTROY);
        return false;
    }
    run(part, i % TO_ITS_END == 0);
    sums->by_itself += !part_alive(part);
    end = clock_tsc();
    if (part_alive(part) && i % 2 == 0)
        life_event(part, ON_KILL);
    life_event(part, ON_DESTROY);
    sums->destroy += clock_tsc() - end;
    return true;
}

static unsigned many(const struct conf_part *like, unsigned wanted, struct cycle_sums *sums)
{
    unsigned done = 0;

    console_hush(true);
    while (done < wanted && one(like, done, sums)) {
        done++;
        if (done % REPORT == 0) {
            printf("cycle: %u\n", done);
            fflush(stdout);
        }
    }
    console_hush(false);
    return done;
}

void shell_cycle(unsigned words, char **word)
{
    struct part *part = shell_named(word[0]);
    unsigned wanted = (unsigned)strtoul(word[1], NULL, 10), done;
    struct cycle_sums sums = { 0 };
    struct figures before, after;
    struct conf_part *like;
    bool same;

    (void)words;
    if (part == NULL || wanted == 0 || (like = malloc(sizeof(*like))) == NULL)
        return;
    *like = *part->conf;
    strcpy(like->name, CYCLE_NAME);
    before = left();
    print_left("before", &before);
    done = many(like, wanted, &sums);
    after = left();
    print_left("after", &after);
    free(like);
    same = before.heap > sizeof(*like) && memcmp(&before, &after, sizeof(before)) == 0;
    printf("cycle: %u of %u done, %u ended by themselves, %s; create %" PRIu64
           " ticks, destroy %" PRIu64 " ticks\n", done, wanted, sums.by_itself,
           same ? "nothing is lost" : "SOMETHING IS LOST",
           sums.create / (done | !done), sums.destroy / (done | !done));
}
