/* SPDX-License-Identifier: MIT */
/* Settings that came with the program: "key = value" lines of start_info.conf. */
#ifndef USER_SETTING_H
#define USER_SETTING_H

#include <stddef.h>
#include <stdint.h>

/* The n-th value of a key, not ended by NUL, and its length; NULL when there is none. */
const char *setting_text(const char *key, unsigned n, size_t *bytes);

/* A decimal number, or what it is without such a line. */
uint64_t setting_number(const char *key, uint64_t otherwise);

#endif
