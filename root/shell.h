/* SPDX-License-Identifier: MIT */
/* The operator's shell: line editing, commands, prompt. Fed key by key; it never waits. */
#ifndef ROOT_SHELL_H
#define ROOT_SHELL_H

#include <stdint.h>

/* Print the prompt for the first time. */
void shell_start(void);

/* One key from the serial line. */
void shell_key(uint8_t byte);

/* Print the prompt and what was typed so far. */
void shell_prompt(void);

/* Around output that comes while the operator types: clear the line, print it again. */
void shell_interrupt(void);
void shell_resume(void);

/* shell_commands.c: run a line. */
void shell_run(char *line);

/* shell_list.c */
void shell_list(void);

#endif
