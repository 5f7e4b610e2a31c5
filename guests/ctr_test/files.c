/* SPDX-License-Identifier: MIT */
/* The read-only files that the partition was given, by stdio and by descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "test.h"

static void test_stdio(void)
{
    char line[64] = "";
    struct stat st;
    FILE *f = fopen("words.txt", "r");

    CHECK(f != NULL);
    if (f == NULL)
        return;
    CHECK(fgets(line, sizeof(line), f) != NULL && strcmp(line, "first line\n") == 0);
    CHECK(fseek(f, -5, SEEK_END) == 0);
    CHECK(fgets(line, sizeof(line), f) != NULL && strcmp(line, "last\n") == 0);
    CHECK(fgets(line, sizeof(line), f) == NULL && feof(f) != 0);
    CHECK(fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 10);
    rewind(f);
    CHECK(ftell(f) == 0 && fgetc(f) == 'f' && ungetc('g', f) == 'g' && fgetc(f) == 'g');
    CHECK(fclose(f) == 0);
}

static void test_read_only(void)
{
    CHECK_ERROR(open("words.txt", O_WRONLY), EROFS);
    CHECK_ERROR(open("words.txt", O_RDONLY | O_TRUNC), EROFS);
    CHECK_ERROR(open("words.txt", O_RDWR | O_CREAT, 0644), EROFS);
    CHECK_ERROR(open("words.txt", O_RDONLY | O_CREAT | O_EXCL, 0644), EEXIST);
    CHECK_ERROR(unlink("words.txt"), EROFS);
    CHECK_ERROR(truncate("words.txt", 0), EROFS);
    CHECK_ERROR(rename("words.txt", "other"), EROFS);
    CHECK_ERROR(access("words.txt", W_OK), EROFS);
    CHECK_ERROR(access("words.txt", X_OK), EACCES);
    CHECK(access("words.txt", R_OK) == 0 && access("/words.txt", F_OK) == 0);
    CHECK_ERROR(access("absent", F_OK), ENOENT);
}

static void test_descriptors(void)
{
    char four[5] = "";
    int fd = open("words.txt", O_RDONLY), other;

    CHECK(fd == 3);
    CHECK(read(fd, four, 4) == 4 && strcmp(four, "firs") == 0);
    CHECK_ERROR(write(fd, "x", 1), EBADF);
    other = dup(fd);
    CHECK(other == 4 && lseek(other, 0, SEEK_CUR) == 4);
    CHECK(close(fd) == 0 && read(other, four, 1) == 1 && four[0] == 't');
    CHECK_ERROR(close(fd), EBADF);
    CHECK(dup2(other, 20) == 20 && lseek(20, 0, SEEK_CUR) == 5);
    CHECK(pread(20, four, 4, 0) == 4 && memcmp(four, "firs", 4) == 0);
    CHECK(lseek(20, 0, SEEK_CUR) == 5);
    CHECK(close(20) == 0 && close(other) == 0);
    CHECK_ERROR(lseek(1, 0, SEEK_SET), ESPIPE);
    CHECK_ERROR(lseek(99, 0, SEEK_SET), EBADF);
    CHECK_ERROR(write(9, "x", 1), EBADF);
    CHECK_ERROR(read(-1, four, 1), EBADF);
    CHECK(isatty(1) == 1 && isatty(5) == 0);
}

static void test_too_many(void)
{
    int count = 0, fd;

    while ((fd = open("words.txt", O_RDONLY)) >= 0 && count < 1000)
        count++;
    CHECK(count == 61 && errno == EMFILE);
    for (fd = 3; fd < 3 + count; fd++)
        close(fd);
    CHECK(open("words.txt", O_RDONLY) == 3 && close(3) == 0);
}

void test_files(void)
{
    test_stdio();
    CHECK(fopen("absent", "r") == NULL && errno == ENOENT);
    CHECK(fopen("words.txt", "w") == NULL && errno == EROFS);
    test_read_only();
    test_descriptors();
    test_too_many();
    CHECK_ERROR(fork(), ENOSYS);
}
