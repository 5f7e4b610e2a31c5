/* SPDX-License-Identifier: MIT */
/* The operator's console: multiplexer between the serial line, the shell and the partitions. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <user/clock.h>
#include <user/console.h>
#include <user/sys.h>
#include "console.h"
#include "serial.h"
#include "shell.h"

#define REPLAY_BYTES  4096u /* of the scrollback, printed at attach */
#define LIVE_QUEUE    2048u /* an attached partition may have this much before the line */
#define TURN_BYTES    4096u /* taken from one partition before the next has its turn */
#define TURNS         4     /* for each; whoever writes without end has its next turns later */
#define TYPED_BYTES   4096u
#define LOG_STEPS     1024

static struct part *attached;
static uint8_t typed[TYPED_BYTES]; /* for the attached partition, when its ring is full */
static unsigned typed_head, typed_tail;
static char held[8192]; /* notices that wait for the shell */
static size_t held_bytes;
static bool hushed;

/* Root's own standard output (lib/user calls these for descriptors 1 and 2). */
size_t console_try_write(const void *bytes, size_t count)
{
    serial_write(bytes, count);
    return count;
}

void console_write(const void *bytes, size_t count)
{
    serial_write(bytes, count);
}

size_t console_try_read(void *bytes, size_t count)
{
    (void)bytes;
    (void)count;
    return 0;
}

void console_wait(void)
{
}

/* One turn for a partition's output; true when it may have more. */
static bool take_output(struct part *part, size_t limit)
{
    uint8_t bytes[512];
    size_t taken = 0;
    bool was_full = false;
    uint32_t count;

    if (part->scroll.text == NULL)
        return false;
    while (taken < limit) {
        size_t want = limit - taken < sizeof(bytes) ? limit - taken : sizeof(bytes);

        /* Looked at before each small step: a writer that found it full is seen for sure. */
        was_full = was_full || ring_used(&part->out) > CONSOLE_OUT_BYTES / 2;
        count = ring_read(&part->out, bytes, (uint32_t)want);
        if (count == 0)
            break;
        scroll_add(&part->scroll, bytes, count);
        if (part == attached)
            serial_write(bytes, count);
        taken += count;
    }
    if (was_full && part_alive(part) && part->wake > 0)
        sys_event_signal((uint64_t)part->wake);
    return ring_used(&part->out) != 0;
}

/* The attached partition is slowed down to the speed of the line, so that nothing is lost. */
static size_t turn_limit(const struct part *part)
{
    size_t queued = SERIAL_QUEUE - serial_room();

    if (part != attached)
        return TURN_BYTES;
    return queued < LIVE_QUEUE ? LIVE_QUEUE - queued : 0;
}

static void feed_typed(void)
{
    bool fed = false;

    if (attached == NULL)
        return;
    while (typed_tail != typed_head) {
        uint8_t byte = typed[typed_tail % TYPED_BYTES];

        if (ring_write(&attached->in, &byte, 1) == 0)
            break;
        typed_tail++;
        fed = true;
    }
    if (fed && attached->wake > 0)
        sys_event_signal((uint64_t)attached->wake);
}

static void key(uint8_t byte)
{
    if (attached == NULL)
        shell_key(byte);
    else if (byte == DETACH_KEY)
        console_detach();
    else if (typed_head - typed_tail < TYPED_BYTES)
        typed[typed_head++ % TYPED_BYTES] = byte;
}

/* A turn for one partition, or for all but the attached one; true when somebody may have more. */
static bool turn(struct part *only)
{
    bool more = false;

    FOR_EACH_PART(part) {
        if (part_alive(part) && (only != NULL ? part == only : part != attached) &&
            turn_limit(part) != 0 && take_output(part, turn_limit(part)))
            more = true;
    }
    return more;
}

bool console_poll(void)
{
    bool more = true;

    serial_poll(key);
    feed_typed();
    for (int i = 0; i < TURNS && more; i++)
        more = attached != NULL && turn(attached);
    return more && turn_limit(attached) != 0;
}

bool console_serve(void)
{
    bool more = true;

    for (int i = 0; i < TURNS && more; i++)
        more = turn(NULL);
    return more;
}

void console_drain(struct part *part)
{
    take_output(part, CONSOLE_OUT_BYTES);
}

static void replay(const struct scrollback *scroll)
{
    uint64_t from = scroll_oldest(scroll);

    if (scroll->written - from > REPLAY_BYTES)
        from = scroll->written - REPLAY_BYTES;
    /* Begin at the start of a line. */
    if (from != 0)
        while (from < scroll->written && scroll_at(scroll, from++) != '\n')
            ;
    for (; from < scroll->written; from++)
        serial_write(&(char){ scroll_at(scroll, from) }, 1);
}

void console_attach(struct part *part)
{
    if (part_alive(part))
        printf("console of %s; " DETACH_KEY_NAME " goes back to the shell\n", part->conf->name);
    if (part->scroll.text != NULL)
        replay(&part->scroll);
    if (!part_alive(part)) {
        printf("\n%s: %s\n", part->conf->name, part->ended);
        return;
    }
    typed_head = typed_tail = 0;
    attached = part;
}

void console_detach(void)
{
    if (attached == NULL)
        return;
    attached = NULL;
    printf("\nback at the shell\n");
    fwrite(held, 1, held_bytes, stdout);
    held_bytes = 0;
    shell_prompt();
}

void console_ended(const struct part *part)
{
    if (part == attached)
        console_detach();
}

bool console_attached(void)
{
    return attached != NULL;
}

void console_hush(bool on)
{
    hushed = on;
}

void console_notice(const char *format, ...)
{
    char text[512];
    va_list args;
    int bytes;

    if (hushed)
        return;
    va_start(args, format);
    bytes = vsnprintf(text, sizeof(text) - 1, format, args);
    va_end(args);
    if (bytes > (int)sizeof(text) - 2)
        bytes = (int)sizeof(text) - 2;
    text[bytes++] = '\n';
    if (attached == NULL) {
        shell_interrupt();
        fwrite(text, 1, (size_t)bytes, stdout);
        shell_resume();
    } else if (held_bytes + (size_t)bytes <= sizeof(held)) {
        memcpy(held + held_bytes, text, (size_t)bytes);
        held_bytes += (size_t)bytes;
    }
}

void console_kernel_log(bool all)
{
    static uint64_t position;
    static bool started;
    uint64_t at = all ? 0 : position;
    bool shown = false;
    char text[512];

    if (attached != NULL)
        return;
    /* So many steps only: a log that grows while it is printed does not hold the shell up. */
    for (int step = 0; step < LOG_STEPS; step++) {
        int64_t result = sys_log_read(at, text, sizeof(text));
        size_t bytes = result < 0 ? 0 : (size_t)result & 0xffff;

        if (bytes == 0 || bytes > sizeof(text))
            break;
        at = (uint64_t)result >> 16;
        /* Before root had the line, the kernel wrote its log there by itself. */
        if (!started && !all)
            continue;
        if (!shown && !all)
            shell_interrupt();
        shown = true;
        fwrite(text, 1, bytes, stdout);
    }
    started = true;
    position = at > position ? at : position;
    if (shown && !all)
        shell_resume();
}

void console_last_line(const struct part *part, char *text, size_t size)
{
    const struct scrollback *scroll = &part->scroll;
    uint64_t oldest, end, from;
    size_t used = 0;

    text[0] = '\0';
    if (scroll->text == NULL)
        return;
    oldest = scroll_oldest(scroll);
    end = scroll->written;
    while (end > oldest && (unsigned char)scroll_at(scroll, end - 1) <= ' ')
        end--;
    from = end;
    while (from > oldest && scroll_at(scroll, from - 1) != '\n')
        from--;
    for (; from < end && used + 1 < size; from++) {
        char c = scroll_at(scroll, from);

        text[used++] = c >= ' ' && c <= '~' ? c : '.';
    }
    text[used] = '\0';
}
