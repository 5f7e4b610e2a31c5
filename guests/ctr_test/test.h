/* SPDX-License-Identifier: MIT */
/* Checks of the ring-3 runtime, from inside a container. */
#ifndef CTR_TEST_H
#define CTR_TEST_H

#include <stdbool.h>

/* Counts a check; says so when it fails. */
void check(bool good, const char *what, int line);
#define CHECK(condition) check(condition, #condition, __LINE__)

void test_text(void);
void test_memory(void);
void test_files(void);
void test_time(void);
void test_state(void);
void test_calls(void);

#endif
