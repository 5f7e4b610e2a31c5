/* SPDX-License-Identifier: MIT */
/* Calls that have no meaning in a partition, or only one possible answer. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int refuse(int error)
{
    errno = error;
    return -1;
}

pid_t fork(void)
{
    return refuse(ENOSYS);
}

int execve(const char *path, char *const argv[], char *const envp[])
{
    (void)path;
    (void)argv;
    (void)envp;
    return refuse(ENOSYS);
}

/* No command processor. */
int system(const char *command)
{
    return command == NULL ? 0 : refuse(ENOSYS);
}

pid_t wait(int *status)
{
    (void)status;
    return refuse(ECHILD);
}

int link(const char *from, const char *to)
{
    (void)from;
    (void)to;
    return refuse(EPERM);
}

int symlink(const char *from, const char *to)
{
    (void)from;
    (void)to;
    return refuse(EPERM);
}

/* Nothing is a symbolic link. */
ssize_t readlink(const char *restrict path, char *restrict to, size_t bytes)
{
    struct stat st;

    (void)to;
    (void)bytes;
    return stat(path, &st) < 0 ? -1 : refuse(EINVAL);
}

int chown(const char *path, uid_t owner, gid_t group)
{
    (void)path;
    (void)owner;
    (void)group;
    return 0;
}

mode_t umask(mode_t mask)
{
    (void)mask;
    return 022;
}

/* There is one user. */
uid_t getuid(void)
{
    return 0;
}

uid_t geteuid(void)
{
    return 0;
}

gid_t getgid(void)
{
    return 0;
}

gid_t getegid(void)
{
    return 0;
}
