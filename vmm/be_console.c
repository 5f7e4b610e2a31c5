/* SPDX-License-Identifier: MIT */
/* Guest serial line to the partition's console; bytes pass unchanged, none is lost. */
#include <abi/ring.h>
#include <user/clock.h>
#include <user/console.h>
#include <user/event.h>
#include "be_console.h"

static void put(void *ctx, uint8_t byte)
{
    struct be_console *console = ctx;

    while (console_try_write(&byte, 1) == 0) {
        console->waited = true;
        (void)event_take(EVENT_CONSOLE, clock_deadline_ms(1)); /* root wakes the thread of vCPU 0 only */
    }
}

static bool get(void *ctx, uint8_t *byte)
{
    (void)ctx;
    return console_try_read(byte, 1) == 1;
}

struct vm_console be_console_open(struct be_console *console)
{
    return (struct vm_console){ put, get, console };
}
