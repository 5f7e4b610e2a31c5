/* SPDX-License-Identifier: MIT */
/* Formatting, conversion, sorting, long jumps. */
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include "test.h"

static int compare(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;

    return (x > y) - (x < y);
}

void test_text(void)
{
    char text[128];
    int numbers[] = { 5, 3, 9, 1, 7 };
    jmp_buf back;
    volatile int jumps = 0;
    volatile size_t room = 4;
    volatile double two = 2.0;

    snprintf(text, sizeof(text), "%d %u %llx %zu %s %c %5.2f %p", -1, 4000000000u,
             0x123456789abcdefull, sizeof(text), "abc", 'z', 3.14159, (void *)0x1000);
    CHECK(strcmp(text, "-1 4000000000 123456789abcdef 128 abc z  3.14 0x1000") == 0);
    CHECK(snprintf(text, room, "%s", "longer") == 6 && strcmp(text, "lon") == 0);
    CHECK(strtol("-0x7f", NULL, 16) == -127);
    CHECK(strtod("2.5e3", NULL) == 2500.0);
    CHECK(fabs(sqrt(two) - 1.41421356237) < 1e-9);
    CHECK(fabs(sin(two) - 0.9092974268) < 1e-9);
    qsort(numbers, 5, sizeof(numbers[0]), compare);
    CHECK(numbers[0] == 1 && numbers[2] == 5 && numbers[4] == 9);
    if (setjmp(back) < 3) {
        jumps++;
        longjmp(back, jumps);
    }
    CHECK(jumps == 3);
}
