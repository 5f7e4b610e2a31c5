/* SPDX-License-Identifier: MIT */
/* The sign of life that root wants now and then when the partition's `watchdog` is set. */
#ifndef USER_WATCHDOG_H
#define USER_WATCHDOG_H

void watchdog_kick(void);

#endif
