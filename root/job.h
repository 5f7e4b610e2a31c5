/* SPDX-License-Identifier: MIT */
/*
 * A command that goes on after its line was read: it has the shell's screen and keys until it ends, while
 * root serves everybody else between its steps.
 */
#ifndef ROOT_JOB_H
#define ROOT_JOB_H

#include <stdbool.h>
#include <stdint.h>

struct job {
    bool (*step)(void);  /* does a bounded piece; false: that was all */
    void (*over)(void);  /* it ended, by itself or by a key; NULL: nothing to do */
    uint32_t period_ms;  /* from one step to the next */
};

void job_start(const struct job *job);
bool job_running(void);

/* q and Ctrl-C end it, other keys do nothing. */
void job_key(uint8_t byte);

/* The step that is due; the TSC at which to call again. */
uint64_t job_tick(uint64_t now);

#endif
