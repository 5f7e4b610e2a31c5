/* SPDX-License-Identifier: MIT */
/* Clocks: they advance, agree, and sleeping takes as long as it should. */
#include <errno.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <user/clock.h>
#include "test.h"

#define YEAR_2024 1704067200

void test_time(void)
{
    struct timeval tv;
    struct timespec ts = { 0, 30000000 };
    uint64_t before = clock_ns(), last = before, slept;
    time_t wall = time(NULL);
    bool monotonic = true;

    CHECK(wall > YEAR_2024);
    CHECK(gettimeofday(&tv, NULL) == 0 && tv.tv_sec - wall <= 1 && tv.tv_usec < 1000000);
    for (int i = 0; i < 10000; i++) {
        uint64_t now = clock_ns();

        monotonic = monotonic && now >= last;
        last = now;
    }
    CHECK(monotonic);
    before = clock_ns();
    CHECK(nanosleep(&ts, NULL) == 0);
    slept = clock_ns() - before;
    CHECK(slept >= 30000000 && slept < 2000000000);
    ts.tv_nsec = -1;
    CHECK(nanosleep(&ts, NULL) == -1 && errno == EINVAL);
    CHECK(clock_gettime(CLOCK_MONOTONIC, &ts) == 0);
    CHECK(clock_gettime((clockid_t)99, &ts) == -1);
    before = clock_ns();
    usleep(1000);
    CHECK(clock_ns() - before >= 1000000);
}
