/* SPDX-License-Identifier: MIT */
/*
 * In front of root's sources in host tests: system calls, the clock and the start page are
 * functions that the test brings (tests/fake/root.c or its own).
 */
#ifndef FAKE_RING3_H
#define FAKE_RING3_H

#define USER_START_H
#define USER_CLOCK_H

#include <stdint.h>
#include <abi/start.h>
#include "user.h"

const char *sys_error(int64_t result);
const struct start_info *start_info(void);
const struct start_file *start_file_find(const char *name);
uint64_t clock_tsc(void);
uint64_t clock_to_ns(uint64_t tsc);
uint64_t clock_from_ns(uint64_t ns);
uint64_t clock_deadline_ms(uint64_t ms);

#endif
