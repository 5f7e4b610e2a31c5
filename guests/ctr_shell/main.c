/* SPDX-License-Identifier: MIT */
/*
 * An interactive shell with files, as a container. A command's output goes to a file with
 * `> FILE` or, behind what is there, `>> FILE` as the last two words; `time` says how long one
 * takes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "shell.h"

#define LINE 512

static int last; /* result of the last command: the shell's exit code */

static const struct command *find(const char *name)
{
    for (const struct command *c = commands; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static int run(int count, char **word)
{
    const struct command *c = find(word[0]);

    if (c == NULL) {
        printf("%s: no such command; `help` lists them\n", word[0]);
        return 127;
    }
    if (count - 1 < c->least || count - 1 > c->most) {
        printf("usage: %s %s\n", c->name, c->usage);
        return 2;
    }
    return c->run(count, word);
}

/* `time COMMAND ...`: microseconds, since most take less than a thousandth of a second. */
static int run_timed(int count, char **word)
{
    struct timespec from, to;
    bool timed = count > 1 && strcmp(word[0], "time") == 0;
    int result;

    if (!timed)
        return run(count, word);
    clock_gettime(CLOCK_MONOTONIC, &from);
    result = run(count - 1, word + 1);
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%lld us\n", (to.tv_sec - from.tv_sec) * 1000000ll + (to.tv_nsec - from.tv_nsec) / 1000);
    return result;
}

/* With standard output in a file for as long as the command runs. */
static int run_into(int count, char **word, const char *file, int flags)
{
    int fd = open(file, O_WRONLY | O_CREAT | flags, 0644), console, result;

    if (fd < 0) {
        printf("%s: %s\n", file, strerror(errno));
        return 1;
    }
    fflush(stdout);
    console = dup(1);
    dup2(fd, 1);
    close(fd);
    result = run_timed(count, word);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        clearerr(stdout);
        fprintf(stderr, "%s: %s\n", file, strerror(errno));
        result = 1;
    }
    dup2(console, 1);
    close(console);
    return result;
}

static int run_line(char *text)
{
    char *word[MAX_WORDS + 1];
    int count = words_split(text, word);

    if (count < 0) {
        printf("found a quotation without end, or more than %d words\n", MAX_WORDS);
        return 2;
    }
    if (count == 0)
        return last;
    if (count > 2 && strcmp(word[count - 2], ">") == 0)
        return run_into(count - 2, word, word[count - 1], O_TRUNC);
    if (count > 2 && strcmp(word[count - 2], ">>") == 0)
        return run_into(count - 2, word, word[count - 1], O_APPEND);
    return run_timed(count, word);
}

int main(void)
{
    char text[LINE], prompt[LINE], where[256];

    if (getenv("HOME") != NULL)
        (void)chdir(getenv("HOME"));
    printf("A shell in a container; `help` lists its commands.\n");
    for (;;) {
        snprintf(prompt, sizeof(prompt), "%s$ ",
                 getcwd(where, sizeof(where)) != NULL ? where : "?");
        if (!line_read(prompt, text, sizeof(text)))
            break;
        last = run_line(text);
    }
    return last;
}
