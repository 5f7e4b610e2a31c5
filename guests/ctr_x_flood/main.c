/* SPDX-License-Identifier: MIT */
/*
 * Container that misuses its console. First argument `text`: writes for ever. `count N`: writes N
 * numbered lines and ends; `wait N` waits for a key before. `lie`: writes garbage into the rings'
 * indices and signals root for ever. `spin`: does nothing, fast. `share`: does nothing and says how
 * much of its CPU it has.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <abi/ring.h>
#include <abi/start.h>
#include <user/clock.h>
#include <user/sys.h>

static void text(void)
{
    for (unsigned long i = 0;; i++)
        printf("flood %lu: the quick brown fox jumps over the lazy dog\n", i);
}

static void count(unsigned long lines, bool wait)
{
    if (wait) {
        printf("press Enter\n");
        (void)getchar();
    }
    for (unsigned long i = 1; i <= lines; i++)
        printf("line %lu of %lu\n", i, lines);
}

static void lie(void)
{
    struct console_shm *shm = (struct console_shm *)CONSOLE_VA;
    uint32_t x = 1;

    for (;;) {
        x = x * 1664525u + 1013904223u;
        shm->out.head = x;
        shm->out.tail = x >> 3;
        shm->in.head = ~x;
        shm->in.tail = x << 5;
        shm->out_data[x % CONSOLE_OUT_BYTES] = (uint8_t)('a' + x % 26);
        sys_event_signal(H_CONSOLE_EVENT);
    }
}

/* Between two looks at the clock pass some ticks, or somebody else ran. */
static void share(void)
{
    uint64_t second = clock_from_ns(1000000000ull), lost = second / 100000;

    for (;;) {
        uint64_t start = clock_tsc(), before = start, mine = 0;

        while (before - start < second) {
            uint64_t now = clock_tsc();

            mine += now - before < lost ? now - before : 0;
            before = now;
        }
        printf("has %u %% of its CPU\n", (unsigned)(mine * 100 / (before - start)));
    }
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "text";

    printf("%s: %s\n", argv[0], how);
    if (strcmp(how, "text") == 0)
        text();
    else if (strcmp(how, "lie") == 0)
        lie();
    else if (strcmp(how, "count") == 0 || strcmp(how, "wait") == 0)
        count(argc > 2 ? strtoul(argv[2], NULL, 0) : 1000, how[0] == 'w');
    else if (strcmp(how, "share") == 0)
        share();
    else if (strcmp(how, "spin") == 0)
        for (;;)
            __asm__ volatile("pause");
    return 0;
}
