/* SPDX-License-Identifier: MIT */
/* The end of the machine. */
#ifndef ROOT_POWER_H
#define ROOT_POWER_H

enum power { POWER_OFF, POWER_REBOOT, POWER_PANIC };

/* Send what is queued for the console, then end the machine. Returns only when that failed. */
void machine_end(enum power how);

#endif
