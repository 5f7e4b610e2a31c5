/* SPDX-License-Identifier: MIT */
/*
 * Container that computes and sleeps in turns for ever, and looks whether its registers keep what it
 * put there. A `c` typed into its console crashes it.
 */
#include <stdint.h>
#include <stdio.h>
#include <user/clock.h>
#include <user/console.h>
#include <user/sys.h>

#define TURNS 200000u

static uint64_t mark = 0x0123456789abcdef;

static void crash_if_told(void)
{
    char c;

    if (console_try_read(&c, 1) == 0 || c != 'c')
        return;
    printf("ctr_steady: crash\n");
    __builtin_trap();
}

int main(void)
{
    for (uint64_t round = 1;; round++) {
        uint64_t sum = 0, vector, count = TURNS, from = clock_ns();

        mark = mark * 6364136223846793005ull + 1442695040888963407ull;
        __asm__ volatile("movq %[step], %%xmm7\n\tpxor %%xmm15, %%xmm15\n"
                         "1:\tpaddq %%xmm7, %%xmm15\n\tadd %[step], %[sum]\n\tdec %[count]\n\tjnz 1b\n\t"
                         "movq %%xmm15, %[vector]"
                         : [sum] "+r"(sum), [count] "+r"(count), [vector] "=r"(vector)
                         : [step] "r"(mark) : "cc", "xmm7", "xmm15");
        if (sum != vector || sum != mark * TURNS || clock_ns() < from) {
            printf("ctr_steady: BROKEN in round %llu\n", (unsigned long long)round);
            return 1;
        }
        sys_event_wait(__builtin_ia32_rdtsc() + 100000, 1ull << 60);
        crash_if_told();
        if (round % 100 == 0)
            printf("ctr_steady: %llu rounds\n", (unsigned long long)round);
    }
}
