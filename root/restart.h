/* SPDX-License-Identifier: MIT */
/*
 * Whether a partition that ended by itself comes back, and when. Pure. A crash loop costs little:
 * each restart waits twice as long as the one before, up to RESTART_MAX_MS, and a limit ends it.
 */
#ifndef ROOT_RESTART_H
#define ROOT_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#define RESTART_FIRST_MS 100u
#define RESTART_MAX_MS   10000u
#define RESTART_GOOD_MS  30000u /* who ran so long is not in a crash loop: the count begins anew */

enum restart_when { RESTART_NEVER, RESTART_ON_FAILURE, RESTART_ALWAYS };

struct restart_policy {
    enum restart_when when;
    uint32_t limit; /* restarts in a row; 0: without end */
};

struct restarts {
    uint32_t in_a_row;
    uint32_t ever;
};

/* It ended after `ran_ms`: judge that before anything else. */
void restart_ran(struct restarts *count, uint64_t ran_ms);

/* Is it to start anew? Then count that, and wait so long. */
bool restart_wanted(const struct restart_policy *policy, const struct restarts *count, bool failed);
void restart_count(struct restarts *count);
uint64_t restart_delay_ms(const struct restarts *count);

/* It would come back if it had not done so too often. */
bool restart_gave_up(const struct restart_policy *policy, const struct restarts *count, bool failed);

#endif
