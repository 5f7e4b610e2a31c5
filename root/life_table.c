/* SPDX-License-Identifier: MIT */
/* The life of a partition: the table of states and events, and their names. */
#include <stdio.h>
#include "life_table.h"

/* clang-format off */
static const struct life_step table[LIFE_STATES][LIFE_EVENTS] = {
    [LIFE_NEW] = {
        [ON_START]   = { DO_NOTHING, LIFE_WAITING },
        [ON_RESTART] = { DO_NOTHING, LIFE_WAITING },
        [ON_DESTROY] = { DO_REMOVE,  LIFE_NONE },
    },
    [LIFE_WAITING] = {
        [ON_STOP]    = { DO_NOTHING, LIFE_NEW },
        [ON_KILL]    = { DO_NOTHING, LIFE_NEW },
        [ON_DESTROY] = { DO_REMOVE,  LIFE_NONE },
        [ON_DUE]     = { DO_CREATE,  LIFE_RUNNING },
    },
    [LIFE_RUNNING] = {
        [ON_PAUSE]   = { DO_PAUSE,   LIFE_PAUSED },
        [ON_STOP]    = { DO_ASK,     LIFE_STOPPING },
        [ON_RESTART] = { DO_ASK,     LIFE_RESTARTING },
        [ON_KILL]    = { DO_BURY,    LIFE_ENDED },
        [ON_DESTROY] = { DO_REMOVE,  LIFE_NONE },
        [ON_END]     = { DO_BURY,    LIFE_ENDED },
        [ON_AGAIN]   = { DO_BURY,    LIFE_BACKOFF },
    },
    [LIFE_PAUSED] = {
        [ON_RESUME]  = { DO_RESUME,  LIFE_RUNNING },
        [ON_STOP]    = { DO_ASK,     LIFE_STOPPING },
        [ON_RESTART] = { DO_ASK,     LIFE_RESTARTING },
        [ON_KILL]    = { DO_BURY,    LIFE_ENDED },
        [ON_DESTROY] = { DO_REMOVE,  LIFE_NONE },
        [ON_END]     = { DO_BURY,    LIFE_ENDED },
        [ON_AGAIN]   = { DO_BURY,    LIFE_BACKOFF },
    },
    [LIFE_STOPPING] = {
        [ON_STOP]    = { DO_ASK,     LIFE_STOPPING },
        [ON_RESTART] = { DO_ASK,     LIFE_RESTARTING },
        [ON_KILL]    = { DO_BURY,    LIFE_ENDED },
        [ON_DESTROY] = { DO_REMOVE,  LIFE_NONE },
        [ON_DUE]     = { DO_BURY,    LIFE_ENDED },
        [ON_END]     = { DO_BURY,    LIFE_ENDED },
        [ON_AGAIN]   = { DO_BURY,    LIFE_ENDED },
    },
    [LIFE_RESTARTING] = {
        [ON_STOP]    = { DO_ASK,     LIFE_STOPPING },
        [ON_RESTART] = { DO_ASK,     LIFE_RESTARTING },
        [ON_KILL]    = { DO_BURY,    LIFE_ENDED },
        [ON_DESTROY] = { DO_REMOVE,  LIFE_NONE },
        [ON_DUE]     = { DO_BURY,    LIFE_WAITING },
        [ON_END]     = { DO_BURY,    LIFE_WAITING },
        [ON_AGAIN]   = { DO_BURY,    LIFE_WAITING },
    },
    [LIFE_BACKOFF] = {
        [ON_START]   = { DO_NOTHING, LIFE_WAITING },
        [ON_RESTART] = { DO_NOTHING, LIFE_WAITING },
        [ON_STOP]    = { DO_NOTHING, LIFE_ENDED },
        [ON_KILL]    = { DO_NOTHING, LIFE_ENDED },
        [ON_DESTROY] = { DO_REMOVE,  LIFE_NONE },
        [ON_DUE]     = { DO_CREATE,  LIFE_RUNNING },
    },
    [LIFE_ENDED] = {
        [ON_START]   = { DO_NOTHING, LIFE_WAITING },
        [ON_RESTART] = { DO_NOTHING, LIFE_WAITING },
        [ON_DESTROY] = { DO_REMOVE,  LIFE_NONE },
    },
};
/* clang-format on */

struct life_step life_step(enum life state, enum life_event event)
{
    if (state >= LIFE_STATES || event >= LIFE_EVENTS || table[state][event].action == DO_REFUSE)
        return (struct life_step){ DO_REFUSE, state };
    return table[state][event];
}

const char *life_name(enum life state)
{
    static const char *const names[] = {
        [LIFE_NEW] = "not started", [LIFE_WAITING] = "waiting", [LIFE_RUNNING] = "running",
        [LIFE_PAUSED] = "paused", [LIFE_STOPPING] = "stopping", [LIFE_RESTARTING] = "restarting",
        [LIFE_BACKOFF] = "backing off", [LIFE_ENDED] = "ended",
    };

    return state < LIFE_STATES ? names[state] : "gone";
}

const char *life_command(enum life_event event)
{
    static const char *const names[] = {
        [ON_START] = "start", [ON_PAUSE] = "pause", [ON_RESUME] = "resume",
        [ON_STOP] = "stop", [ON_RESTART] = "restart", [ON_KILL] = "kill",
        [ON_DESTROY] = "destroy",
    };

    return event <= ON_DESTROY ? names[event] : "event";
}

void life_wanted(enum life_event event, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (unsigned state = 0; state < LIFE_STATES && used < size; state++)
        if (table[state][event].action != DO_REFUSE)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used == 0 ? "" : " or ",
                                     life_name(state));
}
