/* SPDX-License-Identifier: MIT */
/* Checks of the ring-3 runtime, from inside a container. */
#ifndef CTR_TEST_H
#define CTR_TEST_H

#include <errno.h>
#include <stdbool.h>

/* Counts a check; says so when it fails. */
void check(bool good, const char *what, int line);
#define CHECK(condition) check(condition, #condition, __LINE__)

/* A call that must fail with this errno. */
#define CHECK_ERROR(call, error)                                                                   \
    do {                                                                                           \
        errno = 0;                                                                                 \
        check((call) == -1 && errno == (error), #call " fails with " #error, __LINE__);            \
    } while (0)

void test_text(void);
void test_memory(void);
void test_files(void);
void test_tree(void);
void test_process(void);
void test_image(int argc, char **argv);
void test_time(void);
void test_state(void);
void test_calls(void);

#endif
