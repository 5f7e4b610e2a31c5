/* SPDX-License-Identifier: MIT */
/*
 * The life of a partition as a table: in which state it is, what can happen to it, what is done
 * then, and in which state it is afterwards. Pure; life.c carries the actions out.
 */
#ifndef ROOT_LIFE_TABLE_H
#define ROOT_LIFE_TABLE_H

#include <stddef.h>

enum life {
    LIFE_NEW,        /* described, holds nothing: never started, or its last start failed */
    LIFE_WAITING,    /* to be started as soon as what it comes after runs */
    LIFE_RUNNING,
    LIFE_PAUSED,     /* has everything, gets no CPU time */
    LIFE_STOPPING,   /* was asked to end; is killed when the time of grace is over */
    LIFE_RESTARTING, /* the same, and starts anew afterwards */
    LIFE_BACKOFF,    /* ended by itself; starts anew in a while */
    LIFE_ENDED,      /* holds its figures and what it wrote */
    LIFE_STATES,
    LIFE_NONE = LIFE_STATES /* after DO_REMOVE */
};

enum life_event {
    /* by the operator */
    ON_START,
    ON_PAUSE,
    ON_RESUME,
    ON_STOP,
    ON_RESTART,
    ON_KILL,
    ON_DESTROY,
    /* by itself */
    ON_DUE,   /* what it waited for is there: partitions, or the time */
    ON_END,   /* the partition ended, and its restart policy leaves it so */
    ON_AGAIN, /* the partition ended, and its restart policy wants it back */
    LIFE_EVENTS
};

enum life_action {
    DO_REFUSE, /* cannot be: nothing changes */
    DO_NOTHING,
    DO_CREATE, /* and start; the state is LIFE_NEW when that fails */
    DO_PAUSE,
    DO_RESUME,
    DO_ASK,    /* to end; a paused one is resumed first */
    DO_BURY,   /* kill it if it still lives; what it held goes back; figures and the reason stay */
    DO_REMOVE, /* the same, and forget it */
};

struct life_step {
    enum life_action action;
    enum life next;
};

struct life_step life_step(enum life state, enum life_event event);

/* As `list` and messages say it: "running"; the operator's command: "pause". */
const char *life_name(enum life state);
const char *life_command(enum life_event event);

/* "running or paused": the states in which the event is not refused. */
void life_wanted(enum life_event event, char *text, size_t size);

#endif
