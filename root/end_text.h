/* SPDX-License-Identifier: MIT */
/* How a partition ended, in words. */
#ifndef ROOT_END_TEXT_H
#define ROOT_END_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <abi/syscall.h>

/* "exit code 3", "page fault (vector 14, ...) reading 0x10 at rip 0x20", "killed". */
void end_text(const struct part_info *info, bool is_vm, char *text, size_t size);

/* Other than by an exit with code 0. */
bool end_failed(const struct part_info *info);

#endif
