/* SPDX-License-Identifier: MIT */
/* A counter that root looks at: a kick costs no system call. */
#include <abi/ring.h>
#include <abi/start.h>
#include "watchdog.h"

void watchdog_kick(void)
{
    struct console_shm *shm = (struct console_shm *)CONSOLE_VA;

    shm->kicks++;
}
