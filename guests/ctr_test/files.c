/* SPDX-License-Identifier: MIT */
/* The read-only files that the partition was given. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "test.h"

void test_files(void)
{
    char line[64] = "";
    struct stat st;
    FILE *f = fopen("words.txt", "r");

    CHECK(f != NULL);
    if (f != NULL) {
        CHECK(fgets(line, sizeof(line), f) != NULL && strcmp(line, "first line\n") == 0);
        CHECK(fseek(f, -5, SEEK_END) == 0);
        CHECK(fgets(line, sizeof(line), f) != NULL && strcmp(line, "last\n") == 0);
        CHECK(fgets(line, sizeof(line), f) == NULL && feof(f) != 0);
        CHECK(fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 10);
        fclose(f);
    }
    errno = 0;
    CHECK(fopen("absent", "r") == NULL && errno == ENOENT);
    errno = 0;
    CHECK(fopen("words.txt", "w") == NULL && errno == EROFS);
    CHECK(open("words.txt", O_RDONLY) == 3);
    CHECK(close(3) == 0);
    errno = 0;
    CHECK(close(3) == -1 && errno == EBADF);
    CHECK(isatty(1) == 1 && isatty(5) == 0);
    CHECK(lseek(1, 0, SEEK_SET) == -1 && errno == ESPIPE);
    CHECK(write(9, "x", 1) == -1 && errno == EBADF);
    CHECK(fork() == -1 && errno == ENOSYS);
}
