/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4). */
#ifndef LIB_SHA256_H
#define LIB_SHA256_H

#include <stdint.h>

#define SHA256_TEXT 65 /* 64 lower-case hexadecimal digits and a NUL */

/* The digest of `bytes` bytes as text. */
void sha256_text(const void *from, uint64_t bytes, char text[SHA256_TEXT]);

#endif
