/* SPDX-License-Identifier: MIT */
/* Code and constants of a program, kept once in root's memory for all partitions that run it. */
#include "shared.h"
#include <user/sys.h>
#include "elf_load.h"

#define MAX_PROGRAMS START_MAX_FILES /* each is one of the system's files, or within one */
#define MAX_SEGMENTS 8u

static struct shared {
    const struct start_file *program; /* NULL: free */
    unsigned users;
    struct {
        const void *from;
        int64_t mem;
    } segment[MAX_SEGMENTS];
} shared[MAX_PROGRAMS];

/* The entry of this program, or with NULL a free one. */
static struct shared *find(const struct start_file *program)
{
    for (unsigned i = 0; i < MAX_PROGRAMS; i++)
        if (shared[i].program == program)
            return &shared[i];
    return NULL;
}

void shared_hold(const struct start_file *program)
{
    struct shared *s = find(program);

    if (s == NULL)
        s = find(NULL);
    if (s == NULL)
        return;
    s->program = program;
    s->users++;
}

void shared_release(const struct start_file *program)
{
    struct shared *s = find(program);

    if (s == NULL || --s->users != 0)
        return;
    for (unsigned i = 0; i < MAX_SEGMENTS; i++)
        if (s->segment[i].from != NULL)
            sys_handle_close((uint64_t)s->segment[i].mem);
    *s = (struct shared){ 0 };
}

int64_t shared_memory(const struct start_file *program, const void *from, uint64_t bytes,
                      uint64_t offset, uint64_t pages)
{
    struct shared *s = find(program);
    unsigned i = 0;
    int64_t mem;

    while (s != NULL && i < MAX_SEGMENTS && s->segment[i].from != NULL) {
        if (s->segment[i].from == from)
            return s->segment[i].mem;
        i++;
    }
    if (s == NULL || i == MAX_SEGMENTS)
        return ERR_FULL;
    mem = memory_filled(H_SELF_PART, pages, offset, from, bytes);
    if (mem < 0)
        return mem;
    s->segment[i].from = from;
    s->segment[i].mem = mem;
    return mem;
}
