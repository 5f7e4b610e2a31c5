/* SPDX-License-Identifier: MIT */
/* The wish of the operator that the program ends. */
#include <abi/ring.h>
#include "event.h"
#include "stop.h"

static bool asked;

uint64_t stop_or_event(uint64_t wanted, uint64_t deadline)
{
    uint64_t bits = asked ? 0 : event_take(wanted | EVENT_STOP, deadline);

    asked = asked || (bits & EVENT_STOP) != 0;
    return bits & wanted;
}

bool stop_asked(void)
{
    (void)stop_or_event(0, 0);
    return asked;
}
