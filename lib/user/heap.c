/* SPDX-License-Identifier: MIT */
/* sbrk for malloc: the heap that the parent gave, and not a byte more. */
#include <errno.h>
#include <stdint.h>
#include <unistd.h>
#include "start.h"

static uint64_t used;

void *sbrk(ptrdiff_t change)
{
    const struct start_info *si = start_info();
    uint64_t before = used;

    if (change < 0 ? (uint64_t)-change > used : (uint64_t)change > si->heap_bytes - used) {
        errno = ENOMEM;
        return (void *)-1;
    }
    used += (uint64_t)change;
    return (void *)(si->heap_va + before);
}
