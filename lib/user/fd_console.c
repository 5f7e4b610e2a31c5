/* SPDX-License-Identifier: MIT */
/* The console as an open file: a raw terminal, where a line ends with CR LF and Enter sends CR. */
#include <abi/ring.h>
#include "console.h"
#include "event.h"
#include "fd.h"
#include "stop.h"

/* Programs expect LF. Blocks until there is something; asked to end: 0. */
static int read_console(struct open_file *f, void *to, size_t bytes, off_t at)
{
    char *text = to;
    size_t count;

    (void)f;
    (void)at;
    if (bytes == 0)
        return 0;
    while ((count = console_try_read(to, bytes)) == 0)
        if (stop_or_event(EVENT_CONSOLE, EVENT_NEVER) == 0 && stop_asked())
            return 0;
    for (size_t i = 0; i < count; i++)
        if (text[i] == '\r')
            text[i] = '\n';
    return (int)count;
}

static int write_console(struct open_file *f, const void *bytes, size_t count, off_t at)
{
    const char *from = bytes;
    size_t start = 0;

    (void)f;
    (void)at;
    for (size_t i = 0; i < count; i++)
        if (from[i] == '\n') {
            console_write(from + start, i - start);
            console_write("\r\n", 2);
            start = i + 1;
        }
    if (start < count)
        console_write(from + start, count - start);
    return (int)count;
}

static int stat_console(struct open_file *f, struct stat *st)
{
    (void)f;
    st->st_mode = S_IFCHR | 0600;
    return 0;
}

static void close_console(struct open_file *f)
{
    (void)f;
}

const struct file_ops console_ops = {
    .read = read_console, .write = write_console, .stat = stat_console, .close = close_console
};
