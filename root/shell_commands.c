/* SPDX-License-Identifier: MIT */
/* The shell's commands. */
#include <stdio.h>
#include <string.h>
#include <user/start.h>
#include <user/sys.h>
#include "console.h"
#include "nearest.h"
#include "power.h"
#include "shell.h"

struct command {
    const char *name;
    const char *argument; /* NULL: takes none */
    const char *help;     /* NULL: not listed */
    void (*run)(char *argument);
};

/* The partition that a command is about; says so when there is none. */
static struct part *named(const char *name)
{
    struct part *part = part_find(name);
    struct nearest best = nearest_to(name);

    if (part != NULL)
        return part;
    FOR_EACH_PART(other)
        nearest_try(&best, other->conf->name);
    printf("no partition \"%s\"", name);
    if (best.found != NULL)
        printf(" (did you mean %s?)", best.found);
    printf("; `list` shows them\n");
    return NULL;
}

static void run_list(char *argument)
{
    (void)argument;
    shell_list();
}

static void run_console(char *argument)
{
    struct part *part = named(argument);

    if (part != NULL)
        console_attach(part);
}

static void run_log(char *argument)
{
    (void)argument;
    console_kernel_log(true);
}

static void run_stats(char *argument)
{
    struct part *part = named(argument);

    if (part != NULL)
        stats_print(part);
}

static void run_kill(char *argument)
{
    struct part *part = named(argument);

    if (part == NULL)
        return;
    if (part->life != PART_ALIVE)
        printf("%s does not run\n", part->conf->name);
    else
        life_kill(part);
}

static void run_button(char *argument)
{
    struct part *part = named(argument);

    if (part == NULL)
        return;
    if (part->life != PART_ALIVE || part->power <= 0)
        printf("%s is not a running VM\n", part->conf->name);
    else
        sys_event_signal((uint64_t)part->power);
}

static void run_poweroff(char *argument)
{
    (void)argument;
    machine_end(POWER_OFF);
}

static void run_reboot(char *argument)
{
    (void)argument;
    machine_end(POWER_REBOOT);
}

static void run_panic(char *argument)
{
    (void)argument;
    machine_end(POWER_PANIC);
}

static void run_help(char *argument);

static const struct command commands[] = {
    { "help", NULL, "this list", run_help },
    { "list", NULL, "all partitions and how they are", run_list },
    { "console", "NAME", "attach to a partition's console; " DETACH_KEY_NAME " comes back",
      run_console },
    { "log", NULL, "the kernel's log", run_log },
    { "stats", "NAME", "exits by reason, time and memory of a partition", run_stats },
    { "kill", "NAME", "end a partition at once", run_kill },
    { "button", "NAME", "press the power button of a VM", run_button },
    { "poweroff", NULL, "switch the machine off", run_poweroff },
    { "reboot", NULL, "start the machine anew", run_reboot },
    { "panic", NULL, NULL, run_panic },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void run_help(char *argument)
{
    (void)argument;
    for (size_t i = 0; i < COMMANDS; i++)
        if (commands[i].help != NULL)
            printf("  %-8s %-5s %s\n", commands[i].name,
                   commands[i].argument == NULL ? "" : commands[i].argument, commands[i].help);
}

static void unknown(const char *word)
{
    struct nearest best = nearest_to(word);

    for (size_t i = 0; i < COMMANDS; i++)
        if (commands[i].help != NULL)
            nearest_try(&best, commands[i].name);
    printf("unknown command \"%s\"", word);
    if (best.found != NULL)
        printf(" (did you mean %s?)", best.found);
    printf("; `help` lists the commands\n");
}

void shell_run(char *line)
{
    char *rest = line;
    char *word, *argument, *extra;

    while ((word = strsep(&rest, " ")) != NULL && *word == '\0')
        ;
    if (word == NULL)
        return;
    while ((argument = strsep(&rest, " ")) != NULL && *argument == '\0')
        ;
    while ((extra = strsep(&rest, " ")) != NULL && *extra == '\0')
        ;
    for (size_t i = 0; i < COMMANDS; i++) {
        const struct command *c = &commands[i];

        if (strcmp(c->name, word) != 0)
            continue;
        if ((c->argument == NULL) != (argument == NULL) || extra != NULL)
            printf("usage: %s %s\n", c->name, c->argument == NULL ? "" : c->argument);
        else
            c->run(argument);
        return;
    }
    unknown(word);
}
