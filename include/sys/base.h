/* SPDX-License-Identifier: MIT */
/* Addresses that cannot be mixed up: distinct one-member structs for host- and guest-physical. */
#ifndef SYS_BASE_H
#define SYS_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct { uint64_t v; } hpa_t;
typedef struct { uint64_t v; } gpa_t;

#define PAGE_BYTES 4096ull
#define must_check __attribute__((warn_unused_result))
#define noreturn   __attribute__((noreturn))

#endif
