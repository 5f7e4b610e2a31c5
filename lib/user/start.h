/* SPDX-License-Identifier: MIT */
/* What this program was given when it started. */
#ifndef USER_START_H
#define USER_START_H

#include <abi/start.h>

static inline const struct start_info *start_info(void)
{
    return (const struct start_info *)START_INFO_VA;
}

/* What threads beside the first do, in programs that are given some; their number is 1 or above. */
void thread_main(unsigned thread) __attribute__((weak));

/* The file of this name that the program was given, or NULL. */
const struct start_file *start_file_find(const char *name);

/* environ.c: before main(). */
void start_environ(void);

#endif
