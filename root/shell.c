/* SPDX-License-Identifier: MIT */
/* The shell's line editor. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "console.h"
#include "job.h"
#include "shell.h"

#define PROMPT    "bulkhead> "
#define BACKSPACE 0x08
#define DELETE    0x7f
#define CTRL_C    0x03
#define CTRL_U    0x15
#define ESCAPE    0x1b

static char line[512];
static size_t used;
static bool open;        /* the prompt is on the screen */
static bool interrupted; /* it was, and must come back */
static bool after_cr;    /* a LF now belongs to the CR before */
static int escape;       /* inside an escape sequence (arrow keys): ignored */

void shell_prompt(void)
{
    printf(PROMPT "%.*s", (int)used, line);
    fflush(stdout);
    open = true;
}

void shell_start(void)
{
    shell_prompt();
}

void shell_interrupt(void)
{
    interrupted = open;
    if (open)
        printf("\r\033[K");
    open = false;
}

void shell_resume(void)
{
    if (interrupted)
        shell_prompt();
}

static void enter(void)
{
    line[used] = '\0';
    used = 0;
    open = false;
    printf("\n");
    shell_run(line);
    fflush(stdout);
    if (!console_attached() && !job_running())
        shell_prompt();
}

static void forget_line(void)
{
    for (; used > 0; used--)
        printf("\b \b");
}

/* ESC [ ... letter, as arrow keys send it. */
static bool in_escape(uint8_t byte)
{
    if (byte == ESCAPE) {
        escape = 1;
        return true;
    }
    if (escape == 1) {
        escape = byte == '[' || byte == 'O' ? 2 : 0;
        return escape != 0;
    }
    if (escape == 2) {
        if (byte >= '@')
            escape = 0;
        return true;
    }
    return false;
}

void shell_key(uint8_t byte)
{
    bool second = byte == '\n' && after_cr;

    after_cr = byte == '\r';
    if (job_running()) {
        job_key(byte);
        return;
    }
    if (second || in_escape(byte))
        return;
    if (byte == '\r' || byte == '\n') {
        enter();
    } else if (byte == CTRL_U) {
        forget_line();
    } else if (byte == CTRL_C) {
        used = 0;
        printf("^C\n");
        shell_prompt();
    } else if ((byte == BACKSPACE || byte == DELETE) && used > 0) {
        used--;
        printf("\b \b");
    } else if (byte >= ' ' && byte < DELETE && used < sizeof(line) - 1) {
        line[used++] = (char)byte;
        putchar(byte);
    }
    fflush(stdout);
}
