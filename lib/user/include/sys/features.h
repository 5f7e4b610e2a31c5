/* SPDX-License-Identifier: MIT */
/* The C library's own, and what the run-time of a container has beyond a bare target. */
#ifndef USER_SYS_FEATURES_H
#define USER_SYS_FEATURES_H

#include_next <sys/features.h>

#define _POSIX_TIMERS          200809L
#define _POSIX_MONOTONIC_CLOCK 200809L

#endif
