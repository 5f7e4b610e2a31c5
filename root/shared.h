/* SPDX-License-Identifier: MIT */
/*
 * Code and constants of a program, kept once in root's memory for all partitions that run it or may
 * start it again; gone with the last of them.
 */
#ifndef ROOT_SHARED_H
#define ROOT_SHARED_H

#include <abi/start.h>
#include <stdint.h>

/* A partition will run this program; it does not any more. */
void shared_hold(const struct start_file *program);
void shared_release(const struct start_file *program);

/*
 * The memory object of `pages` pages that hold `bytes` from `from`, in a program that is held, at
 * `offset`; made at the first time. Negative: an error.
 */
int64_t shared_memory(const struct start_file *program, const void *from, uint64_t bytes,
                      uint64_t offset, uint64_t pages);

#endif
