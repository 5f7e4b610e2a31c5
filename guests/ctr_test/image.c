/* SPDX-License-Identifier: MIT */
/* What a container gets from its image: arguments, environment, files, limits. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <abi/image.h>
#include <user/start.h>
#include <user/sys.h>
#include "test.h"

#define NUMBERS 131072 /* lines of 8 bytes in data/numbers */

static void test_settings(int argc, char **argv)
{
    CHECK(argc == 2 && strcmp(argv[1], "image") == 0);
    CHECK(strcmp(getenv("HOME"), "/data") == 0 && strcmp(getenv("EMPTY"), "") == 0);
    CHECK(strcmp(getenv("TEXT"), "a = b, c") == 0 && getenv("PATH") == NULL);
    CHECK(start_info()->heap_bytes == 2 << 20);
}

/* Each line of a file of many pages is where it belongs, in whatever order they are read. */
static void test_content(void)
{
    FILE *f = fopen("/data/numbers", "r");
    char line[16], want[16];
    bool good = f != NULL;

    for (long i = 0, at = 1; good && i < 3000; i++, at = (at * 48271 + 11) % NUMBERS) {
        snprintf(want, sizeof(want), "%07ld\n", at);
        good = fseek(f, at * 8, SEEK_SET) == 0 && fgets(line, sizeof(line), f) != NULL &&
               strcmp(line, want) == 0;
    }
    CHECK(good);
    CHECK(f != NULL && fseek(f, 0, SEEK_END) == 0 && ftell(f) == NUMBERS * 8 && fgetc(f) == EOF);
    if (f != NULL)
        fclose(f);
}

static void test_names(void)
{
    unsigned files = 0, folders = 0;
    struct dirent *e;
    struct stat st;
    char line[64] = "";
    DIR *dir = opendir("/data");
    FILE *f = fopen("/etc/motd", "r");

    while (dir != NULL && (e = readdir(dir)) != NULL) {
        files += e->d_type == DT_REG;
        folders += e->d_type == DT_DIR;
    }
    CHECK(dir != NULL && files == 3 && folders == 2 && closedir(dir) == 0);
    CHECK(f != NULL && fgets(line, sizeof(line), f) != NULL && fclose(f) == 0);
    CHECK(strcmp(line, "welcome to the image\n") == 0);
    f = fopen("/words.txt", "r"); /* the image's comes before one of `file =` */
    CHECK(f != NULL && fgets(line, sizeof(line), f) != NULL && fclose(f) == 0);
    CHECK(strcmp(line, "another\n") == 0);
    CHECK(stat("/data/nothing", &st) == 0 && st.st_size == 0 && (st.st_mode & 0777) == 0444);
    CHECK(stat("/data/run", &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0777) == 0555);
    CHECK(access("/data/run", X_OK) == 0 && stat("/etc", &st) == 0 && S_ISDIR(st.st_mode));
    CHECK_ERROR(open("/etc/motd", O_RDWR), EROFS);
    CHECK_ERROR(rmdir("/data"), ENOTEMPTY);
    CHECK_ERROR(rename("/etc", "/x"), EROFS);
    CHECK_ERROR(unlink("/data/nothing"), EROFS);
}

static void test_limit(void)
{
    static char block[1000];
    int fd = open("/etc/mine", O_WRONLY | O_CREAT, 0600);
    unsigned total = 0;
    ssize_t n;

    while ((n = write(fd, block, sizeof(block))) > 0)
        total += (unsigned)n;
    CHECK(n == -1 && errno == ENOSPC && total > 52000 && total <= 65536);
    CHECK(close(fd) == 0 && unlink("/etc/mine") == 0);
}

/* The handle to the image reads, and no more. */
static void test_handle(void)
{
    uint64_t va = USER_WINDOW_VA;

    CHECK(sys_mem_map(0, H_IMAGE, 0, va | MAP_READ, 4096) == 0);
    CHECK(memcmp((void *)va, "070701", 6) == 0);
    CHECK(sys_mem_map(0, H_IMAGE, 0, (va + 4096) | MAP_READ | MAP_WRITE, 4096) == ERR_RIGHTS);
    CHECK(sys_mem_map(0, H_IMAGE, 0, (va + 4096) | MAP_READ | MAP_EXEC, 4096) == ERR_RIGHTS);
    CHECK(sys_mem_map(0, H_IMAGE, 1ull << 30, (va + 4096) | MAP_READ, 4096) == ERR_INVALID);
}

void test_image(int argc, char **argv)
{
    test_settings(argc, argv);
    test_names();
    test_content();
    test_limit();
    test_handle();
}
