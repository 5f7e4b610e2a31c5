/* SPDX-License-Identifier: MIT */
/* A line from the console, which is a raw terminal: echo, Backspace, Ctrl-U, Ctrl-D. */
#include <stdio.h>
#include <unistd.h>
#include "shell.h"

#define CTRL(letter) ((letter)&0x1f)
#define DELETE       0x7f

static void rub_out(size_t *used)
{
    if (*used == 0)
        return;
    --*used;
    fputs("\b \b", stdout);
}

static void take(char c, char *text, size_t size, size_t *used)
{
    if (c == '\b' || c == DELETE) {
        rub_out(used);
    } else if (c == CTRL('u')) {
        while (*used != 0)
            rub_out(used);
    } else if (c >= ' ' && *used + 1 < size) {
        text[(*used)++] = c;
        putchar(c);
    }
}

bool line_read(const char *prompt, char *text, size_t size)
{
    size_t used = 0;
    char c;

    fputs(prompt, stdout);
    fflush(stdout);
    while (read(0, &c, 1) == 1 && !(c == CTRL('d') && used == 0)) {
        if (c == '\n') {
            putchar('\n');
            text[used] = '\0';
            return true;
        }
        take(c, text, size, &used);
        fflush(stdout);
    }
    putchar('\n');
    return false;
}
