/* SPDX-License-Identifier: MIT */
/* Container that tells the time every few seconds (first argument; 5), for ever or so many times (second). */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <user/clock.h>
#include <user/stop.h>

int main(int argc, char **argv)
{
    unsigned period = argc > 1 ? (unsigned)atoi(argv[1]) : 5;
    unsigned times = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
    uint64_t start = clock_ns();

    for (unsigned i = 1;; i++) {
        time_t now = time(NULL);
        struct tm *utc = gmtime(&now);
        char text[32];

        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", utc);
        printf("%s: %s UTC, running for %.1f s\n", argv[0], text,
               (double)(clock_ns() - start) / 1e9);
        if (i == times || stop_asked())
            return 0;
        sleep(period);
    }
}
