/* SPDX-License-Identifier: MIT */
/* Container that throws its memory out of the caches and locks the bus as fast as it can. Argument: how often. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint8_t area[65536] __attribute__((aligned(4096)));

int main(int argc, char **argv)
{
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000;
    uint32_t sum;

    for (unsigned long i = 0; i < rounds; i++) {
        for (unsigned at = 0; at < sizeof(area); at += 64)
            __asm__ volatile("clflush (%0)" ::"r"(area + at) : "memory");
        for (unsigned n = 0; n < 64; n++)
            __asm__ volatile("lock addl $1, (%0)" ::"r"(area + 4094) : "memory", "cc");
    }
    __builtin_memcpy(&sum, area + 4094, sizeof(sum));
    printf("%s: flushed %lu times, %s\n", argv[0], rounds, sum == (uint32_t)rounds * 64 ? "PASS" : "FAIL");
    return sum != (uint32_t)rounds * 64;
}
