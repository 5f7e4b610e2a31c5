/* SPDX-License-Identifier: MIT */
/* Watchdog of a partition. */
#include <stddef.h>
#include "watch.h"

void watch_from(struct watch *watch, uint64_t due)
{
    watch->due = watch->ms != 0 && watch->kicks != NULL ? due : 0;
    if (watch->due != 0)
        watch->seen = *watch->kicks;
}

bool watch_missed(struct watch *watch, uint64_t now, uint64_t next)
{
    if (watch->due == 0 || now < watch->due)
        return false;
    if (*watch->kicks == watch->seen)
        return true;
    watch_from(watch, next);
    return false;
}
