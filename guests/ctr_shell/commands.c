/* SPDX-License-Identifier: MIT */
/* The commands of the shell. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "shell.h"

static int failed(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    return 1;
}

static void list_one(const char *name, const struct stat *st)
{
    printf("%c%c %9ld  %s\n", S_ISDIR(st->st_mode) ? 'd' : '-',
           (st->st_mode & 0111) != 0 && !S_ISDIR(st->st_mode) ? 'x' : ' ', (long)st->st_size, name);
}

static int cmd_ls(int count, char **word)
{
    const char *path = count > 1 ? word[1] : ".";
    char name[1024];
    struct dirent *e;
    struct stat st;
    DIR *dir;

    if (stat(path, &st) < 0)
        return failed(path);
    if (!S_ISDIR(st.st_mode)) {
        list_one(path, &st);
        return 0;
    }
    dir = opendir(path);
    if (dir == NULL)
        return failed(path);
    while ((e = readdir(dir)) != NULL) {
        snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
        if (e->d_name[0] != '.' && stat(name, &st) == 0)
            list_one(e->d_name, &st);
    }
    closedir(dir);
    return 0;
}

/* All of one file into another that is open; -1: errno. */
static int copy(int from, int to)
{
    char block[4096];
    int n;

    while ((n = read(from, block, sizeof(block))) > 0)
        for (int done = 0, m; done < n; done += m) {
            m = write(to, block + done, (size_t)(n - done));
            if (m < 0)
                return -1;
        }
    return n;
}

static int cmd_cat(int count, char **word)
{
    for (int i = 1; i < count; i++) {
        int fd = open(word[i], O_RDONLY), result;

        if (fd < 0)
            return failed(word[i]);
        fflush(stdout);
        result = copy(fd, 1);
        close(fd);
        if (result < 0)
            return failed(word[i]);
    }
    return 0;
}

static int cmd_cp(int count, char **word)
{
    int from = open(word[1], O_RDONLY), to, result;

    (void)count;
    if (from < 0)
        return failed(word[1]);
    to = open(word[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (to < 0) {
        close(from);
        return failed(word[2]);
    }
    result = copy(from, to);
    close(from);
    close(to);
    return result < 0 ? failed(word[2]) : 0;
}

static int cmd_echo(int count, char **word)
{
    for (int i = 1; i < count; i++)
        printf("%s%s", i == 1 ? "" : " ", word[i]);
    putchar('\n');
    return 0;
}

static int cmd_mv(int count, char **word)
{
    (void)count;
    return rename(word[1], word[2]) < 0 ? failed(word[1]) : 0;
}

static int cmd_rm(int count, char **word)
{
    int result = 0;

    for (int i = 1; i < count; i++)
        if (unlink(word[i]) < 0 && (errno != EISDIR || rmdir(word[i]) < 0))
            result = failed(word[i]);
    return result;
}

static int cmd_mkdir(int count, char **word)
{
    (void)count;
    return mkdir(word[1], 0755) < 0 ? failed(word[1]) : 0;
}

static int cmd_cd(int count, char **word)
{
    const char *path = count > 1 ? word[1] : getenv("HOME") != NULL ? getenv("HOME") : "/";

    return chdir(path) < 0 ? failed(path) : 0;
}

static int cmd_date(int count, char **word)
{
    time_t now = time(NULL);

    (void)count;
    (void)word;
    printf("%s", asctime(gmtime(&now)));
    return 0;
}

static int cmd_env(int count, char **word)
{
    (void)count;
    (void)word;
    for (char **e = environ; *e != NULL; e++)
        printf("%s\n", *e);
    return 0;
}

static int cmd_exit(int count, char **word)
{
    exit(count > 1 ? atoi(word[1]) : 0);
}

static int cmd_help(int count, char **word)
{
    (void)count;
    (void)word;
    for (const struct command *c = commands; c->name != NULL; c++)
        printf("  %-6s %-16s %s\n", c->name, c->usage, c->does);
    printf("  time   COMMAND ...      how long it takes\n"
           "Output goes to a file with `> FILE` or `>> FILE` at the end; \"two words\" are one.\n");
    return 0;
}

const struct command commands[] = {
    { "help", 0, 0, "", "this list", cmd_help },
    { "ls", 0, 1, "[PATH]", "a directory or a file", cmd_ls },
    { "cat", 1, MAX_WORDS, "FILE ...", "what they hold", cmd_cat },
    { "echo", 0, MAX_WORDS, "[WORD ...]", "the words", cmd_echo },
    { "cp", 2, 2, "FILE NEW", "a copy of a file", cmd_cp },
    { "mv", 2, 2, "OLD NEW", "another name or place", cmd_mv },
    { "rm", 1, MAX_WORDS, "PATH ...", "files and empty directories go", cmd_rm },
    { "mkdir", 1, 1, "PATH", "a new directory", cmd_mkdir },
    { "cd", 0, 1, "[PATH]", "another current directory", cmd_cd },
    { "date", 0, 0, "", "the time, UTC", cmd_date },
    { "env", 0, 0, "", "the environment", cmd_env },
    { "exit", 0, 1, "[CODE]", "end the container", cmd_exit },
    { NULL, 0, 0, NULL, NULL, NULL },
};
