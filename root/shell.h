/* SPDX-License-Identifier: MIT */
/* The operator's shell: line editing, commands, prompt. Fed key by key; it never waits. */
#ifndef ROOT_SHELL_H
#define ROOT_SHELL_H

#include <stdint.h>
#include "life.h"

/* Print the prompt for the first time. */
void shell_start(void);

/* One key from the serial line. */
void shell_key(uint8_t byte);

/* Print the prompt and what was typed so far. */
void shell_prompt(void);

/* Around output that comes while the operator types: clear the line, print it again. */
void shell_interrupt(void);
void shell_resume(void);

/* shell_commands.c: run a line. The partition that a command is about, NULL: said that there is none. */
void shell_run(char *line);
struct part *shell_named(const char *name);

/* shell_list.c */
void shell_list(void);

/* "0-2,5": where it runs, with a ! when these are exclusive. */
const char *shell_cpus(const struct part *part, char *text, size_t size);

/* shell_life.c: the commands that change a partition; the words behind the command. */
void shell_event(enum life_event event, char **word);
void shell_say_start(const struct part *part); /* what became of a wish to start it */
void shell_start_part(unsigned words, char **word);
void shell_stop(unsigned words, char **word);
void shell_restart(unsigned words, char **word);
void shell_kill(unsigned words, char **word);
void shell_pause(unsigned words, char **word);
void shell_continue(unsigned words, char **word);
void shell_cpus_of(unsigned words, char **word);
void shell_move(unsigned words, char **word);
void shell_destroy(unsigned words, char **word);
void shell_rename(unsigned words, char **word);
void shell_watchdog(unsigned words, char **word);

/* shell_check.c */
void shell_check(unsigned words, char **word);
/* shell_inspect.c, shell_logs.c */
void shell_ps(unsigned words, char **word);
void shell_inspect(unsigned words, char **word);
void shell_logs(unsigned words, char **word);
/* shell_stats.c, top.c, shell_trace.c */
void shell_stats(unsigned words, char **word);
void shell_top(unsigned words, char **word);
void shell_trace(unsigned words, char **word);

/* shell_create.c, shell_run.c, cycle.c, measure.c */
/* What the words "NAME key=value ..." describe; NULL: said why there is none. */
struct part *shell_create_words(unsigned words, char **word);
void shell_create(unsigned words, char **word);
void shell_run_image(unsigned words, char **word);
void shell_cycle(unsigned words, char **word);
void shell_measure(unsigned words, char **word);

#endif
