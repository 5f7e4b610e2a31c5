/* SPDX-License-Identifier: MIT */
/* The first thread's event word with a memory for bits that nobody asked for yet. */
#include "event.h"
#include "sys.h"

static uint64_t kept;

uint64_t event_take(uint64_t wanted, uint64_t deadline)
{
    for (;;) {
        uint64_t got = kept & wanted;
        int64_t result = sys_event_wait(got != 0 ? 0 : deadline);

        if (result > 0) {
            kept |= (uint64_t)result;
            got = kept & wanted;
        }
        if (got != 0 || result < 0) {
            kept &= ~got;
            return got;
        }
    }
}

void event_put_back(uint64_t bits)
{
    kept |= bits;
}
