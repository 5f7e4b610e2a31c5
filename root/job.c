/* SPDX-License-Identifier: MIT */
/* Commands that go on. */
#include <stddef.h>
#include <stdio.h>
#include <user/clock.h>
#include "job.h"
#include "shell.h"

#define CTRL_C 0x03

static const struct job *running;
static uint64_t due;

void job_start(const struct job *job)
{
    running = job;
    due = 0;
}

bool job_running(void)
{
    return running != NULL;
}

static void end(void)
{
    const struct job *job = running;

    running = NULL;
    if (job->over != NULL)
        job->over();
    shell_prompt();
}

void job_key(uint8_t byte)
{
    if (byte == 'q' || byte == 'Q' || byte == CTRL_C)
        end();
}

uint64_t job_tick(uint64_t now)
{
    if (running == NULL)
        return UINT64_MAX;
    if (now >= due) {
        due = now + clock_from_ns(running->period_ms * 1000000ull);
        if (!running->step())
            end();
        fflush(stdout);
    }
    return running == NULL ? UINT64_MAX : due;
}
