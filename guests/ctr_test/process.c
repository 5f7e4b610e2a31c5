/* SPDX-License-Identifier: MIT */
/* Environment, signals to oneself, identity, what is refused. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <user/start.h>
#include "test.h"

static volatile int caught;

static void on_signal(int number)
{
    caught = number;
}

static void test_signals(void)
{
    CHECK(signal(SIGUSR1, on_signal) == SIG_DFL);
    CHECK(raise(SIGUSR1) == 0 && caught == SIGUSR1);
    CHECK(signal(SIGUSR1, SIG_IGN) == SIG_DFL); /* a handler serves once */
    caught = 0;
    CHECK(raise(SIGUSR1) == 0 && caught == 0);
    CHECK(signal(SIGUSR1, SIG_DFL) == SIG_IGN);
    CHECK(signal(999, on_signal) == SIG_ERR);
    CHECK_ERROR(kill(77, SIGTERM), ESRCH);
    CHECK(kill(getpid(), 0) == 0);
}

static void test_environment(void)
{
    CHECK(getenv("HOME") == NULL && environ != NULL);
    CHECK(setenv("HOME", "/tmp", 0) == 0 && strcmp(getenv("HOME"), "/tmp") == 0);
    CHECK(setenv("HOME", "/", 0) == 0 && strcmp(getenv("HOME"), "/tmp") == 0);
    CHECK(setenv("HOME", "/", 1) == 0 && strcmp(getenv("HOME"), "/") == 0);
    CHECK(unsetenv("HOME") == 0 && getenv("HOME") == NULL);
}

static void test_identity(void)
{
    char name[40] = "";

    CHECK(gethostname(name, sizeof(name)) == 0 && strcmp(name, start_info()->name) == 0);
    CHECK_ERROR(gethostname(name, 2), ENAMETOOLONG);
    CHECK(getpid() == 1 && getuid() == 0);
    CHECK(sysconf(_SC_PAGESIZE) == 4096 && sysconf(_SC_OPEN_MAX) == 64);
    CHECK_ERROR(sysconf(9999), EINVAL);
    CHECK(system(NULL) == 0);
}

void test_process(void)
{
    test_signals();
    test_environment();
    test_identity();
}
