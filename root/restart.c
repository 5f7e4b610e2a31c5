/* SPDX-License-Identifier: MIT */
/* Restart policy: wanted or not, the limit, and the back-off. */
#include "restart.h"

static bool policy_wants(const struct restart_policy *policy, bool failed)
{
    return policy->when == RESTART_ALWAYS || (policy->when == RESTART_ON_FAILURE && failed);
}

static bool at_limit(const struct restart_policy *policy, const struct restarts *count)
{
    return policy->limit != 0 && count->in_a_row >= policy->limit;
}

void restart_ran(struct restarts *count, uint64_t ran_ms)
{
    if (ran_ms >= RESTART_GOOD_MS)
        count->in_a_row = 0;
}

bool restart_wanted(const struct restart_policy *policy, const struct restarts *count, bool failed)
{
    return policy_wants(policy, failed) && !at_limit(policy, count);
}

void restart_count(struct restarts *count)
{
    count->in_a_row++;
    count->ever++;
}

uint64_t restart_delay_ms(const struct restarts *count)
{
    uint64_t delay = RESTART_FIRST_MS;

    for (uint32_t i = 1; i < count->in_a_row && delay < RESTART_MAX_MS; i++)
        delay *= 2;
    return delay < RESTART_MAX_MS ? delay : RESTART_MAX_MS;
}

bool restart_gave_up(const struct restart_policy *policy, const struct restarts *count, bool failed)
{
    return policy_wants(policy, failed) && at_limit(policy, count);
}
