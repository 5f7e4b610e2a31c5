/* SPDX-License-Identifier: MIT */
/* The C library's own, and what it declares for some systems only. */
#ifndef USER_UTIME_H
#define USER_UTIME_H

#include_next <utime.h>

#ifdef __cplusplus
extern "C" {
#endif
int utime(const char *path, const struct utimbuf *times);
#ifdef __cplusplus
}
#endif

#endif
