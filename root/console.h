/* SPDX-License-Identifier: MIT */
/*
 * The operator's console: one serial line for the shell and for every partition's console, one
 * of which may be attached to it. All of a partition's output passes through its scrollback.
 */
#ifndef ROOT_CONSOLE_H
#define ROOT_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include "part.h"

#define DETACH_KEY      0x1c /* Ctrl-\ */
#define DETACH_KEY_NAME "Ctrl-\\"

/* Serial line and attached partition, after every event and at every deadline; true: it has more. */
bool console_poll(void);

/* Take the output of all other partitions, a bounded amount of each; true: there is more. */
bool console_serve(void);

/* Take what a partition that ended still has in its ring. */
void console_drain(struct part *part);

/* Connect the line to a partition: the recent scrollback first, then live. */
void console_attach(struct part *part);
void console_detach(void);
bool console_attached(void);

/* A partition ended: nothing can stay attached to it. */
void console_ended(const struct part *part);

/* A line for the operator: now when at the shell, else when back there. No line end in text. */
__attribute__((format(printf, 1, 2))) void console_notice(const char *format, ...);

/* No such lines: for tests that make too many. */
void console_hush(bool on);

/* Print what came from the kernel's log since the last time; `all`: from the oldest kept line. */
void console_kernel_log(bool all);

/* The last line that is not empty of what a partition wrote, made printable. */
void console_last_line(const struct part *part, char *text, size_t size);

#endif
