/* SPDX-License-Identifier: MIT */
/* `check frames`: the kernel's books on memory, held against each other. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <abi/start.h>
#include <user/sys.h>
#include "frames.h"
#include "shell.h"

#define SCRATCH (USER_WINDOW_VA + (2ull << 40)) /* for one word a frame: too much for the heap */

static unsigned all_parts(struct frames_part *to)
{
    unsigned count = 1;

    to[0] = (struct frames_part){ 0, "root" };
    FOR_EACH_PART(part)
        if (part->handle > 0)
            to[count++] = (struct frames_part){ part->handle, part->conf->name };
    return count;
}

static void check(struct frames_check *c)
{
    static struct frames_part parts[PART_MAX + 1];

    c->part = parts;
    c->parts = all_parts(parts);
    c->owner = (uint32_t *)SCRATCH;
    bool good = frames_check(c);
    if (c->unstable)
        printf("frames: memory changes all the time: not checked\n");
    else
        printf("frames: %s: %" PRIu64 " frames, %" PRIu64 " free, %" PRIu64 " objects, %" PRIu64
               " mappings of %u partitions\n",
               good ? "clean" : "WRONG", c->frames, c->free_frames, c->objects, c->leaves, c->parts);
}

void shell_check(unsigned words, char **word)
{
    struct frames_check c = { 0 };
    uint64_t bytes = (frames_room() + 0xfff) & ~0xfffull;

    (void)words;
    if (strcmp(word[0], "frames") != 0) {
        printf("check: found \"%s\", expected frames\n", word[0]);
        return;
    }
    int64_t mem = sys_mem_create(0, bytes, 0);
    if (mem < 0 || sys_mem_map(0, (uint64_t)mem, 0, SCRATCH | MAP_READ | MAP_WRITE, bytes) != OK)
        printf("frames: no memory for the check: %" PRIu64 " KiB\n", bytes / 1024);
    else
        check(&c);
    sys_mem_unmap(0, SCRATCH, bytes);
    if (mem > 0)
        sys_handle_close((uint64_t)mem);
}
