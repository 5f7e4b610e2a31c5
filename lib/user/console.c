/* SPDX-License-Identifier: MIT */
/* The partition's console: two rings shared with root. */
#include <abi/ring.h>
#include <lib/ring.h>
#include "console.h"
#include "event.h"
#include "start.h"
#include "sys.h"

static struct ring_side out, in;

static void attach(void)
{
    struct console_shm *shm = (struct console_shm *)CONSOLE_VA;

    if (out.shared != NULL)
        return;
    ring_writer_init(&out, &shm->out, shm->out_data, sizeof(shm->out_data));
    ring_reader_init(&in, &shm->in, shm->in_data, sizeof(shm->in_data));
}

size_t console_try_write(const void *bytes, size_t count)
{
    uint32_t done;

    attach();
    done = ring_write(&out, bytes, count > CONSOLE_OUT_BYTES ? CONSOLE_OUT_BYTES : (uint32_t)count);
    /* Root is woken once for a batch; it looks again after it has emptied the ring. */
    if (done != 0 && ring_reader_was_idle(&out, done))
        sys_event_signal(H_CONSOLE_EVENT);
    return done;
}

void console_write(const void *bytes, size_t count)
{
    const char *from = bytes;

    while (count != 0) {
        size_t done = console_try_write(from, count);

        from += done;
        count -= done;
        if (count != 0 && ring_room(&out) == 0)
            console_wait();
    }
}

size_t console_try_read(void *bytes, size_t count)
{
    bool crowded;
    uint32_t done;

    attach();
    crowded = ring_used(&in) > CONSOLE_IN_BYTES / 2;
    done = ring_read(&in, bytes, count > CONSOLE_IN_BYTES ? CONSOLE_IN_BYTES : (uint32_t)count);
    if (crowded) /* root may hold more that did not fit */
        sys_event_signal(H_CONSOLE_EVENT);
    return done;
}

void console_wait(void)
{
    (void)event_take(EVENT_CONSOLE, EVENT_NEVER);
}
