/* SPDX-License-Identifier: MIT */
/*
 * Arrays of address ranges (see ranges.c).
 */
#ifndef BOOT_RANGES_H
#define BOOT_RANGES_H

#include <abi/boot_info.h>

/* Sorts, drops empty ones, joins those that touch or overlap; returns how many are left. */
uint32_t ranges_tidy(struct boot_range *range, uint32_t count);

/* Drops the smallest until `room` are left; keeps the order. */
uint32_t ranges_keep_largest(struct boot_range *range, uint32_t count, uint32_t room);

/* The highest aligned place for `bytes` inside `in` and below `limit`; 0 = it does not fit. */
uint64_t ranges_place(struct boot_range in, uint64_t bytes, uint64_t align, uint64_t limit);

#endif
