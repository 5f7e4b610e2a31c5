/* SPDX-License-Identifier: MIT */
/* The files and the memory of a partition. Pure; files are found by start_file_find(). */
#ifndef ROOT_NEED_H
#define ROOT_NEED_H

#include <abi/ring.h>
#include <abi/start.h>
#include "plan.h"

#define PAGE         4096ull
#define STACK_PAGES  8ull
#define VMM_FILE     "vmm.elf"
#define VMM_HEAP     (128ull * 1024) /* ACPI and MP tables, and what stdio takes */
#define START_PAGES  ((sizeof(struct start_info) + PAGE - 1) / PAGE)
#define HEAP_GUARD   PAGE
#define RESERVE_PAGES 64u /* of root's own, beside a console for each partition */
#define CONSOLE_COST  (CONSOLE_SHM_BYTES / 4096u + 1) /* rings, first page of scrollback */

static inline uint64_t need_pages(uint64_t bytes)
{
    return (bytes + PAGE - 1) / PAGE;
}

/* The n-th file that a partition sees: "" for a key that is not given, NULL behind the last. */
const char *need_file(const struct conf_part *part, unsigned n, char *buffer);

/* The program of its own partition, a VM's VMM; NULL: the file is missing. */
const struct start_file *need_program(const struct conf_part *part);
uint64_t need_heap(const struct conf_part *part); /* of that program, in bytes */

/* need->ready, or `why` says why it cannot start. */
void need_judge(const struct conf_part *part, struct plan_need *need, char *why, size_t why_size);

#endif
