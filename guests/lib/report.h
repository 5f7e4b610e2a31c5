/* SPDX-License-Identifier: MIT */
/*
 * Results of a guest's checks: `ok NAME` or `not ok NAME: got X, wanted Y` for each, at the end
 * `GUEST: N passed, N failed` and the number of failures as exit code at the debug-exit port.
 */
#ifndef GUEST_REPORT_H
#define GUEST_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#define DEBUG_EXIT_PORT 0xf4

struct test_group {
    const char *name;
    void (*run)(void);
};

extern unsigned report_passed, report_failed;
extern bool report_quiet; /* print failures only: word "quiet" of the command line */

/* All return whether the check passed. */
bool check(bool good, const char *name, ...) __attribute__((format(printf, 2, 3)));
bool check_eq(uint64_t got, uint64_t want, const char *name, ...) __attribute__((format(printf, 3, 4)));
bool check_range(uint64_t got, uint64_t low, uint64_t high, const char *name, ...)
    __attribute__((format(printf, 4, 5)));
bool check_trap(unsigned got, unsigned want, const char *name, ...) __attribute__((format(printf, 3, 4)));

void report_skip(const char *name, const char *why);
void report_name(const char *guest);
void report_end(void) __attribute__((noreturn));
void guest_exit(uint32_t code) __attribute__((noreturn));

/* Runs the groups that the command line names, or all if it names none; an unexpected
 * exception ends its group only. Then report_end(). Text appears at the end of each group, so that
 * printing does not disturb time; the word "unbuffered" shows it at once, to see where a guest hangs. */
void run_groups(const char *guest, const struct test_group *groups, unsigned count, const char *cmdline)
    __attribute__((noreturn));

#endif
