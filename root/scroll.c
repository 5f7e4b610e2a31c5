/* SPDX-License-Identifier: MIT */
/* Scrollback: grows to 4, 16 and 64 KiB while text comes, then is a ring. */
#include <string.h>
#include <abi/start.h>
#include <user/sys.h>
#include "scroll.h"

#define FIRST_BYTES 4096u

/* Without memory for more it stays as large as it is. */
static void grow(struct scrollback *scroll)
{
    size_t more = scroll->bytes == 0 ? FIRST_BYTES : scroll->bytes * 3;
    int64_t mem = sys_mem_create(H_SELF_PART, more, 0);

    scroll->whole = mem < 0 || sys_mem_map(0, (uint64_t)mem, 0, (uint64_t)(scroll->text + scroll->bytes) |
                                           MAP_READ | MAP_WRITE, more) < 0;
    if (!scroll->whole) {
        scroll->bytes += more;
        scroll->whole = scroll->bytes == SCROLL_BYTES;
    }
    if (mem >= 0)
        sys_handle_close((uint64_t)mem); /* its mapping keeps it */
}

void scroll_add(struct scrollback *scroll, const void *bytes, size_t count)
{
    const char *from = bytes;

    while (count != 0) {
        size_t at, piece;

        if (scroll->written == scroll->bytes && !scroll->whole)
            grow(scroll);
        if (scroll->bytes == 0)
            return;
        at = scroll->written % scroll->bytes;
        piece = count < scroll->bytes - at ? count : scroll->bytes - at;
        memcpy(scroll->text + at, from, piece);
        scroll->written += piece;
        from += piece;
        count -= piece;
    }
}

uint64_t scroll_oldest(const struct scrollback *scroll)
{
    return scroll->written > scroll->bytes ? scroll->written - scroll->bytes : 0;
}

char scroll_at(const struct scrollback *scroll, uint64_t position)
{
    return scroll->text[position % scroll->bytes];
}
