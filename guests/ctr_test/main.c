/* SPDX-License-Identifier: MIT */
/* Runs all checks of the C library in a container; ends with a line PASS or FAIL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "test.h"

static unsigned done, failed;

void check(bool good, const char *what, int line)
{
    done++;
    if (good)
        return;
    failed++;
    printf("check failed: %s (line %d)\n", what, line);
}

static void at_end(void)
{
    printf("%s: %u checks, %u failed\n", failed == 0 ? "PASS" : "FAIL", done, failed);
}

int main(int argc, char **argv)
{
    atexit(at_end);
    if (argc > 1 && strcmp(argv[1], "image") == 0) {
        test_image(argc, argv);
        return failed == 0 ? 8 : 1;
    }
    CHECK(argc == 3);
    CHECK(argc == 3 && strcmp(argv[1], "one") == 0 && strcmp(argv[2], "two") == 0);
    CHECK(argv[argc] == NULL);
    test_text();
    test_memory();
    test_files();
    test_tree();
    test_process();
    test_time();
    test_state();
    test_calls();
    return failed == 0 ? 7 : 1; /* 7: the exit code itself is a check */
}
