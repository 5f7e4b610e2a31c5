/* SPDX-License-Identifier: MIT */
/* The memory of a partition's console in root: its rings and, behind them, the scrollback. */
#ifndef ROOT_RINGS_H
#define ROOT_RINGS_H

#include "part.h"

/* Page tables for all slots, so that what root holds does not depend on which were ever used. */
void rings_prepare(void);

/* Empty rings; their memory and the scrollback are kept over restarts. 0 or an error. */
int64_t rings_open(struct part *part);

/* All of it goes back. */
void rings_close(struct part *part);

#endif
