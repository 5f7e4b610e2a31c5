/* SPDX-License-Identifier: MIT */
/* The shell's commands that change a partition. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <user/start.h>
#include <user/sys.h>
#include "shell.h"

#define SECONDS_MAX 3600u

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

void shell_say_start(const struct part *part)
{
    char cpus[32];

    if (part->state == LIFE_RUNNING)
        printf("%s runs on CPU %s\n", part->conf->name, shell_cpus(part, cpus, sizeof(cpus)));
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
    shell_say_start(part);
}

/* Seconds as milliseconds; false: said what is wrong. */
static bool seconds(const char *word, uint32_t *ms)
{
    char *end;
    unsigned long value = strtoul(word, &end, 10);

    if (*word < '0' || *word > '9' || *end != '\0' || value > SECONDS_MAX) {
        printf("found \"%.40s\", expected seconds from 0 to %u\n", word, SECONDS_MAX);
        return false;
    }
    *ms = (uint32_t)value * 1000;
    return true;
}

/* "NAME [SECONDS]" of grace. */
static bool grace(struct part *part, unsigned words, char **word)
{
    uint32_t ms = LIFE_GRACE_MS;

    if (words > 1 && !seconds(word[1], &ms))
        return false;
    part->grace_ms = ms;
    return true;
}

void shell_watchdog(unsigned words, char **word)
{
    struct part *part = shell_named(word[0]);
    uint32_t ms;

    if (part == NULL || (words > 1 && !seconds(word[1], &ms)))
        return;
    if (words > 1)
        life_watch(part, ms);
    if (part->watch.ms == 0)
        printf("%s has no watchdog\n", part->conf->name);
    else
        printf("%s must give a sign of life every %u ms\n", part->conf->name,
               (unsigned)part->watch.ms);
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
        shell_say_start(part);
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

void shell_move(unsigned words, char **word)
{
    struct part *part = shell_named(word[0]);
    struct conf_cpus to;
    char text[64], why[200];

    (void)words;
    snprintf(text, sizeof(text), "on %s", word[1]);
    if (part == NULL)
        return;
    if (!cpus_parse(text, &to, why, sizeof(why)) || to.count > part->conf->cpus.count)
        printf("found CPUs \"%s\", expected at most %u of them, such as 1 or 2,3 or 4-7\n", word[1],
               (unsigned)part->conf->cpus.count);
    else if (!part_alive(part))
        printf("%s does not run\n", part->conf->name);
    else {
        to.count = part->conf->cpus.count;
        to.exclusive = part->conf->cpus.exclusive;
        if (!life_move(part, &to, why, sizeof(why)))
            printf("%s stays where it is: %s\n", part->conf->name, why);
    }
}

static void say_cpus(const struct part *part)
{
    const char *name = part->conf->name;
    unsigned most = cpus_most(&part->conf->cpus);
    char cpus[48];

    if (!part_alive(part))
        printf("%s starts with %u of at most %u\n", name, (unsigned)part->conf->cpus.count, most);
    else
        printf("%s has %u of at most %u: CPU %s\n", name, (unsigned)part->plan.cpu_count, most,
               shell_cpus(part, cpus, sizeof(cpus)));
    if (part->hot.due != 0)
        printf("%s is asked to give back %u\n", name, (unsigned)(part->plan.cpu_count - part->conf->cpus.count));
}

void shell_cpus_of(unsigned words, char **word)
{
    struct part *part = shell_named(word[0]);
    unsigned long count;
    char why[200], *end;

    if (part == NULL)
        return;
    count = words > 1 ? strtoul(word[1], &end, 10) : 0;
    if (words > 1 && (*word[1] < '0' || *word[1] > '9' || *end != '\0' || count > CONF_HOST_CPUS))
        printf("found \"%.40s\", expected a number of CPUs\n", word[1]);
    else if (words > 1 && !life_cpus(part, (uint32_t)count, why, sizeof(why)))
        printf("%s has as many CPUs as before: %s\n", part->conf->name, why);
    else
        say_cpus(part);
}

void shell_destroy(unsigned words, char **word)
{
    (void)words;
    shell_event(ON_DESTROY, word);
}

/* Those that come after it know the new name, too; the kernel's log does when it starts anew. */
static void rename_part(struct part *part, const char *name)
{
    FOR_EACH_PART(other)
        for (unsigned i = 0; i < other->conf->after_count; i++)
            if (strcmp(other->conf->after[i], part->conf->name) == 0)
                strcpy(other->conf->after[i], name);
    strcpy(part->conf->name, name);
}

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
        rename_part(part, word[1]);
}
