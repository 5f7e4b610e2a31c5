/* SPDX-License-Identifier: MIT */
/*
 * Container that makes random system calls with arguments of every kind: small numbers, handles,
 * addresses of every region, edges of ranges, random bits. Arguments: how many, seed, `all`
 * for the calls that may end it, too. Nobody else must notice.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <abi/start.h>
#include <user/clock.h>
#include <user/sys.h>

static uint64_t state = 1;
static uint8_t page[8192] __attribute__((aligned(4096)));

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* CONSOLE_VA is not among them: a container that writes over its own rings only silences itself. */
static const uint64_t corners[] = {
    0, 1, 2, 3, 4, 5, 7, 8, 16, 17, 255, 256, 4095, 4096, 4097, 0x10000, 0x1fffff, 0x200000,
    0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, START_INFO_VA, USER_STACK_TOP,
    USER_IMAGE_VA, FILES_VA, USER_WINDOW_VA, USER_END - 4096, USER_END,
    0x7ffffffff000, 0x7fffffffffff, 0x800000000000, 0xffff7fffffffffff, 0xffff800000000000,
    0xffffffff80000000, 0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffff000, ~0ull,
};

static uint64_t argument(void)
{
    switch (next() % 8) {
    case 0: return next();
    case 1: return next() % 32;
    case 2: return (uint64_t)page + next() % sizeof(page);
    case 3: return (uint64_t)page | (next() & 7);
    case 4: return (1ull << (next() % 64)) & ~(uint64_t)CONSOLE_VA; /* see corners */
    case 5: return USER_WINDOW_VA + (next() % 64 << 12) + (next() & 7);
    case 6: return corners[next() % (sizeof(corners) / sizeof(corners[0]))] + next() % 3 - 1;
    default: return corners[next() % (sizeof(corners) / sizeof(corners[0]))];
    }
}

/* Some calls do what they promise: end this partition, take its code away, start threads in its data. */
static bool harmless(uint64_t number, uint64_t part, uint64_t va)
{
    if (number == SYS_part_exit || (number == SYS_thread_create && part == 0))
        return false;
    return number != SYS_mem_unmap || part != 0 || va >= FILES_VA;
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 0) : 100000;
    unsigned long good = 0;
    bool all = argc > 3; /* then its end is by chance */

    state = argc > 2 ? strtoull(argv[2], NULL, 0) * 0x9e3779b97f4a7c15ull + 1 : 88172645463325252ull;
    printf("%s: %lu random system calls\n", argv[0], count);
    for (unsigned long i = 0; i < count; i++) {
        uint64_t number = next() % 16 == 0 ? argument() : next() % SYS_COUNT;
        uint64_t a = argument(), b = argument(), c = argument(), d = argument(), e = argument();

        if (number == SYS_event_wait || (number == SYS_handle_close && a == H_CONSOLE_EVENT))
            continue; /* it would sleep for ever, or lose its voice */
        if (!all && !harmless(number, a, b))
            continue;
        if (sys_call(number, a, b, c, d, e) >= 0)
            good++;
        if (i % 1024 == 0)
            (void)sys_event_wait(clock_deadline_ms(1), ~0ull);
    }
    printf("%s: PASS, %lu of them succeeded\n", argv[0], good);
    return 0;
}
