/* SPDX-License-Identifier: MIT */
/* Waiting for some bits of the thread's event word. */
#include "event.h"
#include "sys.h"

void event_set(int64_t event)
{
    (void)sys_event_signal((uint64_t)event);
}

uint64_t event_take(uint64_t wanted, uint64_t deadline)
{
    int64_t result = sys_event_wait(deadline, wanted);

    return result < 0 ? 0 : (uint64_t)result;
}
