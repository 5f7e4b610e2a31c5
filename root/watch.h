/* SPDX-License-Identifier: MIT */
/*
 * Watchdog of a partition: within every `ms` there must be a sign of life, a change of a counter
 * that the partition shares with root. Off unless `ms` is set. Pure.
 */
#ifndef ROOT_WATCH_H
#define ROOT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct watch {
    const volatile uint32_t *kicks; /* counted by the partition; any change will do */
    uint32_t seen;
    uint32_t ms;  /* 0: off */
    uint64_t due; /* TSC by which there must be another; 0: not watched now */
};

/* Watch from now on; `due` is `ms` away. Or not at all any more: due = 0. */
void watch_from(struct watch *watch, uint64_t due);

/* At `now`: true when it gave no sign in time. `next`: the end of the next time, were it to begin now. */
bool watch_missed(struct watch *watch, uint64_t now, uint64_t next);

#endif
