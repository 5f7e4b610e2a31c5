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

#define MAX_WORDS 32

struct command {
    const char *name;
    const char *usage; /* of the words behind it */
    unsigned min, max; /* number of these words */
    const char *help;  /* NULL: not listed */
    void (*run)(unsigned words, char **word);
};

struct part *shell_named(const char *name)
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

static void run_list(unsigned words, char **word)
{
    (void)words;
    (void)word;
    shell_list();
}

static void run_console(unsigned words, char **word)
{
    struct part *part = shell_named(word[0]);

    (void)words;
    if (part != NULL)
        console_attach(part);
}

static void run_log(unsigned words, char **word)
{
    (void)words;
    (void)word;
    console_kernel_log(true);
}

static void run_button(unsigned words, char **word)
{
    struct part *part = shell_named(word[0]);

    (void)words;
    if (part == NULL)
        return;
    if (part->conf->kind != CONF_VM || part->stop <= 0)
        printf("%s is not a running VM\n", part->conf->name);
    else
        sys_event_signal((uint64_t)part->stop);
}

static void run_poweroff(unsigned words, char **word)
{
    (void)words;
    (void)word;
    machine_end(POWER_OFF);
}

static void run_reboot(unsigned words, char **word)
{
    (void)words;
    (void)word;
    machine_end(POWER_REBOOT);
}

static void run_panic(unsigned words, char **word)
{
    (void)words;
    (void)word;
    machine_end(POWER_PANIC);
}

static void run_help(unsigned words, char **word);

static const struct command commands[] = {
    { "help", "", 0, 0, "this list", run_help },
    { "list", "", 0, 0, "all partitions and how they are", run_list },
    { "ps", "", 0, 0, "what runs, with time and memory", shell_ps },
    { "inspect", "NAME | IMAGE", 1, 1, "all about a partition or an image", shell_inspect },
    { "run", "[-d] [KEY=VALUE ...] IMAGE [WORD ...]", 1, MAX_WORDS,
      "a new container, started and attached (-d: not attached)", shell_run_image },
    { "logs", "NAME [-f]", 1, 2, "what a partition wrote; -f: and writes, until q", shell_logs },
    { "console", "NAME", 1, 1, "attach to a partition's console; " DETACH_KEY_NAME " comes back",
      run_console },
    { "log", "", 0, 0, "the kernel's log", run_log },
    { "check", "frames", 1, 1, "hold the books on memory against each other", shell_check },
    { "stats", "[--json] [NAME]", 0, 2, "exits by reason, time and memory of partitions", shell_stats },
    { "top", "", 0, 0, "CPUs and partitions, each second anew; q leaves", shell_top },
    { "trace", "on|off|status|dump ...", 1, MAX_WORDS, "record what happens, print the records", shell_trace },
    { "create", "FILE | NAME key=value ...", 1, MAX_WORDS, "new partitions, not started yet",
      shell_create },
    { "start", "NAME", 1, 1, "start a partition", shell_start_part },
    { "stop", "NAME [SECONDS]", 1, 2, "ask a partition to end, kill it after 10 or so many seconds",
      shell_stop },
    { "restart", "NAME [SECONDS]", 1, 2, "the same, and start it again", shell_restart },
    { "kill", "NAME", 1, 1, "end a partition at once", shell_kill },
    { "pause", "NAME", 1, 1, "stop a partition where it is", shell_pause },
    { "resume", "NAME", 1, 1, "let a paused partition go on", shell_continue },
    { "move", "NAME CPUS", 2, 2, "let a partition go on on other CPUs, such as 2 or 4-7", shell_move },
    { "cpus", "NAME [N]", 1, 2, "give a VM more or fewer CPUs, also while it runs; show them", shell_cpus_of },
    { "destroy", "NAME", 1, 1, "end a partition and forget it", shell_destroy },
    { "rename", "NAME NEW", 2, 2, "give a partition another name", shell_rename },
    { "watchdog", "NAME [SECONDS]", 1, 2, "restart a partition that gives no sign of life for so long; 0: never",
      shell_watchdog },
    { "button", "NAME", 1, 1, "press the power button of a VM", run_button },
    { "poweroff", "", 0, 0, "switch the machine off", run_poweroff },
    { "reboot", "", 0, 0, "start the machine anew", run_reboot },
    { "panic", "", 0, 0, NULL, run_panic },
    { "cycle", "NAME N", 2, 2, NULL, shell_cycle },
    { "measure", "NAME N", 2, 2, NULL, shell_measure },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void run_help(unsigned words, char **word)
{
    (void)words;
    (void)word;
    for (size_t i = 0; i < COMMANDS; i++)
        if (commands[i].help != NULL)
            printf("  %-8s %-25s %s\n", commands[i].name, commands[i].usage, commands[i].help);
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

/* The next word, ended by a blank outside of "..."; the quotes are taken away. */
static char *next_word(char **line)
{
    char *from = *line + strspn(*line, " "), *to = from, *word = from;
    bool quoted = false;

    for (; *from != '\0' && (quoted || *from != ' '); from++)
        if (*from == '"')
            quoted = !quoted;
        else
            *to++ = *from;
    *line = *from == '\0' ? from : from + 1;
    *to = '\0';
    return word;
}

void shell_run(char *line)
{
    char *word[MAX_WORDS + 1];
    unsigned words = 0;

    while (words <= MAX_WORDS && line[strspn(line, " ")] != '\0')
        word[words++] = next_word(&line);
    if (words == 0)
        return;
    if (words > MAX_WORDS && line[strspn(line, " ")] != '\0') {
        printf("found more than %d words, expected fewer\n", MAX_WORDS);
        return;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        const struct command *c = &commands[i];

        if (strcmp(c->name, word[0]) != 0)
            continue;
        if (words - 1 < c->min || words - 1 > c->max)
            printf("usage: %s %s\n", c->name, c->usage);
        else
            c->run(words - 1, word + 1);
        return;
    }
    unknown(word[0]);
}
