/* SPDX-License-Identifier: MIT */
/* `logs`: what a partition wrote, and with -f what it goes on to write, without its keyboard. */
#include <stdio.h>
#include <string.h>
#include "job.h"
#include "serial.h"
#include "shell.h"

#define PERIOD_MS 20u
#define PIECE     256u

static struct part *shown;
static bool follows;
static uint64_t at; /* position in its scrollback */

/* So much as the line takes now. */
static void print_some(const struct scrollback *scroll)
{
    char text[PIECE];
    size_t used = 0;

    if (at < scroll_oldest(scroll)) {
        printf("\n(%llu bytes came faster than the line takes them)\n",
               (unsigned long long)(scroll_oldest(scroll) - at));
        at = scroll_oldest(scroll);
    }
    while (at < scroll->written && serial_room() > 2 * PIECE) {
        for (used = 0; used < sizeof(text) && at < scroll->written; at++)
            text[used++] = scroll_at(scroll, at);
        serial_write(text, used);
    }
}

static bool step(void)
{
    const struct scrollback *scroll = &shown->scroll;

    print_some(scroll);
    if (at < scroll->written || (follows && part_alive(shown)))
        return true;
    if (at != 0 && scroll_at(scroll, at - 1) != '\n')
        printf("\n");
    if (!part_alive(shown))
        printf("%s: %s\n", shown->conf->name, shown->ended);
    return false;
}

void shell_logs(unsigned words, char **word)
{
    static const struct job job = { .step = step, .period_ms = PERIOD_MS };

    if (words > 1 && strcmp(word[1], "-f") != 0) {
        printf("found \"%.40s\", expected -f or nothing behind the name\n", word[1]);
        return;
    }
    follows = words > 1;
    shown = shell_named(word[0]);
    if (shown == NULL)
        return;
    at = scroll_oldest(&shown->scroll);
    if (step())
        job_start(&job);
}
