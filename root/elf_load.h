/* SPDX-License-Identifier: MIT */
/* Loading a ring-3 program: judging the ELF file first, then filling a new partition with it. */
#ifndef ROOT_ELF_LOAD_H
#define ROOT_ELF_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <abi/start.h>

/* What a program file asks for. */
struct program {
    const struct start_file *file;
    uint64_t entry;
    uint64_t pages; /* of the writable segments; the others are shared by all who run it */
    uint64_t end;   /* page-aligned, one past the last segment */
};

static inline uint64_t program_page_down(uint64_t va)
{
    return va & ~4095ull;
}

static inline uint64_t program_page_up(uint64_t va)
{
    return program_page_down(va + 4095);
}

/* program.c; false: `why` says what is wrong with the file. */
bool program_judge(const struct start_file *file, struct program *out, char *why, size_t why_size);

/*
 * Map its segments into partition `part`. Those that it may write are the program->pages of `mem`
 * from byte `offset` on; the others are shared by all who run it. false: `why`.
 */
bool program_load(const struct program *program, int64_t part, int64_t mem, uint64_t offset,
                  char *why, size_t why_size);

/* What the segments that it may write hold at first, at `to`, where root sees that part of `mem`. */
void program_fill(const struct program *program, char *to);

/* Where root sees memory of others while it fills it, one at a time. 0 or a system call's error. */
#define MEMORY_SHOWN ((char *)(USER_WINDOW_VA + (1ull << 40)))
int64_t memory_show(int64_t mem, uint64_t bytes);
int64_t memory_hide(uint64_t bytes);

/*
 * New memory of partition `part` with `bytes` from `from` at `offset`, the rest zero. Root sees it
 * only while it fills it. The handle, or a system call's error.
 */
int64_t memory_filled(int64_t part, uint64_t pages, uint64_t offset, const void *from,
                      uint64_t bytes);

#endif
