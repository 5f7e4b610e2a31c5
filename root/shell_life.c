/* SPDX-License-Identifier: MIT */
/* The shell's commands that change a partition. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <user/start.h>
#include <user/sys.h>
#include "shell.h"

#define GRACE_MAX_S 3600u

/* What cannot be is said with the states in which it could. */
static void refused(const struct part *part, enum life_event event)
{
    char wanted[120];

    life_wanted(event, wanted, sizeof(wanted));
    printf("%s is %s: to %s it, it must be %s\n", part->conf->name, life_name(part->state),
           life_command(event), wanted);
}

static bool possible(const struct part *part, enum life_event event)
{
    if (life_step(part->state, event).action != DO_REFUSE)
        return true;
    refused(part, event);
    return false;
}

/* What became of a wish to start it. */
static void say_start(const struct part *part)
{
    char cpus[PLAN_CPUS_TEXT];

    if (part->state == LIFE_RUNNING)
        printf("%s runs on CPU %s\n", part->conf->name, plan_cpus(&part->plan, cpus, sizeof(cpus)));
    else if (part->state == LIFE_WAITING)
        printf("%s waits for %s\n", part->conf->name, life_waits_for(part));
}

void shell_start_part(unsigned words, char **word)
{
    struct part *part = shell_named(word[0]);

    (void)words;
    if (part == NULL || !possible(part, ON_START))
        return;
    life_event(part, ON_START);
    say_start(part);
}

/* "NAME [SECONDS]" of grace; false: said what is wrong. */
static bool grace(struct part *part, unsigned words, char **word)
{
    char *end = NULL;
    unsigned long seconds = words > 1 ? strtoul(word[1], &end, 10) : LIFE_GRACE_MS / 1000;

    if (words > 1 && (*word[1] < '0' || *word[1] > '9' || *end != '\0' || seconds > GRACE_MAX_S)) {
        printf("found grace \"%s\", expected seconds from 0 to %u\n", word[1], GRACE_MAX_S);
        return false;
    }
    part->grace_ms = seconds * 1000;
    return true;
}

static void ask(enum life_event event, unsigned words, char **word)
{
    struct part *part = shell_named(word[0]);

    if (part == NULL || !possible(part, event) || !grace(part, words, word))
        return;
    life_event(part, event);
    if (part_alive(part) && part->state != LIFE_RUNNING)
        printf("%s was asked to end; it is killed in %u s otherwise\n", part->conf->name,
               (unsigned)(part->grace_ms / 1000));
    else if (event == ON_RESTART)
        say_start(part);
    else
        printf("%s does not start any more\n", part->conf->name);
}

void shell_stop(unsigned words, char **word)
{
    ask(ON_STOP, words, word);
}

void shell_restart(unsigned words, char **word)
{
    ask(ON_RESTART, words, word);
}

void shell_event(enum life_event event, char **word)
{
    struct part *part = shell_named(word[0]);

    if (part != NULL && possible(part, event))
        life_event(part, event);
}

void shell_kill(unsigned words, char **word)
{
    (void)words;
    shell_event(ON_KILL, word);
}

void shell_pause(unsigned words, char **word)
{
    (void)words;
    shell_event(ON_PAUSE, word);
}

void shell_continue(unsigned words, char **word)
{
    (void)words;
    shell_event(ON_RESUME, word);
}

/* A number below `end`, else says so. */
static bool number_below(const char *what, const char *word, uint32_t end, uint32_t *number)
{
    char *rest;
    unsigned long n = strtoul(word, &rest, 10);

    *number = (uint32_t)n;
    if (*word != '\0' && *rest == '\0' && n < end)
        return true;
    printf("found %s \"%s\", expected one from 0 to %u\n", what, word, (unsigned)end - 1);
    return false;
}

void shell_move(unsigned words, char **word)
{
    struct part *part = shell_named(word[0]);
    uint32_t cpu, thread = 0;

    if (part == NULL || !number_below("CPU", word[1], start_info()->cpu_count, &cpu))
        return;
    if (!part_alive(part))
        printf("%s does not run\n", part->conf->name);
    else if (words < 3 || number_below("thread", word[2], part->plan.cpus, &thread))
        life_move(part, thread, cpu);
}

void shell_destroy(unsigned words, char **word)
{
    (void)words;
    shell_event(ON_DESTROY, word);
}

/* The kernel's log knows it by its old name until it starts anew. */
void shell_rename(unsigned words, char **word)
{
    struct part *part = shell_named(word[0]);

    (void)words;
    if (part == NULL)
        return;
    if (!conf_name_ok(word[1]))
        printf("found name \"%.40s\", expected 1 to %d letters, digits, _ or -\n", word[1],
               CONF_NAME - 1);
    else if (part_find(word[1]) != NULL)
        printf("there is a partition \"%s\" already\n", word[1]);
    else
        strcpy(part->conf->name, word[1]);
}
