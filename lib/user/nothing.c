/* SPDX-License-Identifier: MIT */
/* Calls that the C library refers to and that have no meaning in a partition: each fails cleanly. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int refuse(void)
{
    errno = ENOSYS;
    return -1;
}

pid_t fork(void)
{
    return refuse();
}

int execve(const char *path, char *const argv[], char *const envp[])
{
    (void)path;
    (void)argv;
    (void)envp;
    return refuse();
}

pid_t wait(int *status)
{
    (void)status;
    errno = ECHILD;
    return -1;
}

int link(const char *from, const char *to)
{
    (void)from;
    (void)to;
    errno = EROFS;
    return -1;
}

int unlink(const char *path)
{
    (void)path;
    errno = EROFS;
    return -1;
}
