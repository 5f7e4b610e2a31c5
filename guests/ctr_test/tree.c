/* SPDX-License-Identifier: MIT */
/* The writable tree beside the read-only files: files, directories, the quota. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <user/start.h>
#include "test.h"

#define BIG 100000

static int make_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    int result = fd < 0 ? -1 : (int)write(fd, text, strlen(text));

    return fd < 0 ? -1 : close(fd) == 0 ? result : -1;
}

static bool holds(const char *path, const char *text)
{
    char got[64] = "";
    int fd = open(path, O_RDONLY), n = fd < 0 ? -1 : (int)read(fd, got, sizeof(got) - 1);

    return n >= 0 && close(fd) == 0 && strcmp(got, text) == 0;
}

static void test_content(void)
{
    struct stat st;
    int fd;

    CHECK(make_file("/tmp/a", "hello") == 5 && holds("/tmp/a", "hello"));
    fd = open("/tmp/a", O_RDWR | O_APPEND);
    CHECK(write(fd, " you", 4) == 4 && lseek(fd, 0, SEEK_SET) == 0 && write(fd, "!", 1) == 1);
    CHECK(holds("/tmp/a", "hello you!"));
    CHECK(ftruncate(fd, 5) == 0 && holds("/tmp/a", "hello"));
    CHECK(ftruncate(fd, 8) == 0 && fstat(fd, &st) == 0 && st.st_size == 8);
    CHECK(pwrite(fd, "J", 1, 0) == 1 && close(fd) == 0 && holds("/tmp/a", "Jello"));
    CHECK(truncate("/tmp/a", 1) == 0 && holds("/tmp/a", "J"));
    CHECK(stat("/tmp/a", &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 1 && st.st_mtime > 0);
    CHECK(make_file("/tmp/a", "x") == 1 && holds("/tmp/a", "x"));
    CHECK(unlink("/tmp/a") == 0);
    CHECK_ERROR(unlink("/tmp/a"), ENOENT);
}

/* Blocks, holes and what lies behind an end that was moved. */
static void test_big(void)
{
    unsigned char *data = malloc(BIG), *back = malloc(BIG);
    int fd = open("big", O_RDWR | O_CREAT | O_EXCL, 0644);
    bool zero = true;

    for (int i = 0; i < BIG; i++)
        data[i] = (unsigned char)(i * 7 + i / 256);
    CHECK(write(fd, data, BIG) == BIG && pread(fd, back, BIG, 0) == BIG);
    CHECK(memcmp(data, back, BIG) == 0);
    CHECK(pread(fd, back, 5000, 4000) == 5000 && memcmp(data + 4000, back, 5000) == 0);
    CHECK(read(fd, back, 10) == 0 && pread(fd, back, 10, BIG - 3) == 3);
    CHECK(ftruncate(fd, 10) == 0 && ftruncate(fd, 9000) == 0 && pread(fd, back, 9000, 0) == 9000);
    for (int i = 10; i < 9000; i++)
        zero = zero && back[i] == 0;
    CHECK(zero && memcmp(data, back, 10) == 0);
    CHECK(lseek(fd, 1 << 20, SEEK_SET) == 1 << 20 && write(fd, "e", 1) == 1);
    CHECK(lseek(fd, 0, SEEK_END) == (1 << 20) + 1 && pread(fd, back, 9, (1 << 20) - 8) == 9);
    CHECK(memcmp(back, "\0\0\0\0\0\0\0\0e", 9) == 0);
    CHECK_ERROR(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK_ERROR(ftruncate(fd, (off_t)1 << 50), EFBIG);
    CHECK(close(fd) == 0 && unlink("big") == 0);
    free(data);
    free(back);
}

/* The bit of a name that ends with its number. */
static unsigned seen_in(const char *path, unsigned *others)
{
    struct dirent *e;
    DIR *dir = opendir(path);
    unsigned seen = 0;

    *others = 0;
    if (dir == NULL)
        return 0;
    while ((e = readdir(dir)) != NULL)
        if (strncmp(e->d_name, "file", 4) == 0 && e->d_type == DT_REG)
            seen |= 1u << atoi(e->d_name + 4);
        else
            ++*others;
    closedir(dir);
    return seen;
}

static void test_directories(void)
{
    char path[64];
    unsigned others;

    CHECK(mkdir("/d", 0755) == 0 && mkdir("/d/e", 0755) == 0);
    CHECK_ERROR(mkdir("/d", 0755), EEXIST);
    CHECK_ERROR(mkdir("/d/.", 0755), EEXIST);
    CHECK_ERROR(mkdir("/absent/x", 0755), ENOENT);
    CHECK_ERROR(mkdir("/words.txt/x", 0755), ENOTDIR);
    CHECK(chdir("/d") == 0 && getcwd(path, sizeof(path)) != NULL && strcmp(path, "/d") == 0);
    for (int i = 0; i < 8; i++) {
        snprintf(path, sizeof(path), i % 2 == 0 ? "file%d" : "../d/./e/..//file%d", i);
        CHECK(make_file(path, path) > 0);
    }
    CHECK(seen_in(".", &others) == 0xff && others == 3);
    CHECK(chdir("e") == 0 && strcmp(getcwd(path, sizeof(path)), "/d/e") == 0);
    CHECK(getcwd(path, 4) == NULL && errno == ERANGE);
    CHECK_ERROR(rmdir("/d"), ENOTEMPTY);
    CHECK_ERROR(rmdir("."), EBUSY);
    CHECK_ERROR(unlink("/d/e"), EISDIR);
    CHECK_ERROR(open("/d/e", O_WRONLY), EISDIR);
    CHECK_ERROR(rmdir("/d/file1"), ENOTDIR);
    CHECK_ERROR(chdir("/d/file1"), ENOTDIR);
    CHECK(opendir("/d/file1") == NULL && errno == ENOTDIR);
    CHECK(chdir("/") == 0 && rmdir("/d/e") == 0 && unlink("d/file3") == 0);
    CHECK(seen_in("/d", &others) == 0xf7 && others == 2);
    CHECK(chdir("/../..") == 0 && strcmp(getcwd(path, sizeof(path)), "/") == 0);
    CHECK_ERROR(rmdir("/tmp"), EROFS);
}

static void test_rename(void)
{
    CHECK(rename("/d/file0", "/d/file1") == 0 && holds("/d/file1", "file0"));
    CHECK_ERROR(rename("/d/file0", "/d/x"), ENOENT);
    CHECK(rename("/d", "/tmp/f") == 0 && holds("/tmp/f/file1", "file0"));
    CHECK_ERROR(access("/d", F_OK), ENOENT);
    CHECK_ERROR(rename("/tmp/f", "/tmp/f/file1/x"), ENOTDIR);
    CHECK_ERROR(rename("/tmp/f", "/tmp/f/g"), EINVAL);
    CHECK_ERROR(rename("/tmp/f/file1", "/tmp"), EISDIR);
    CHECK_ERROR(rename("/tmp/f/file1", "/words.txt"), EROFS);
    CHECK(rename("/tmp/f/file1", "/tmp/f/file1") == 0);
}

/* What is open stays although its name is gone; then its blocks come back. */
static void test_unlinked(void)
{
    char text[8] = "";
    int fd = open("/tmp/gone", O_RDWR | O_CREAT, 0644);
    FILE *f;

    CHECK(write(fd, "still", 5) == 5 && unlink("/tmp/gone") == 0);
    CHECK(pread(fd, text, 5, 0) == 5 && strcmp(text, "still") == 0);
    CHECK(make_file("/tmp/gone", "new") == 3 && pread(fd, text, 5, 0) == 5 && text[0] == 's');
    CHECK(close(fd) == 0 && unlink("/tmp/gone") == 0);
    f = tmpfile();
    CHECK(f != NULL && fputs("temporary", f) >= 0 && fseek(f, 0, SEEK_SET) == 0);
    CHECK(f != NULL && fgetc(f) == 't' && fclose(f) == 0);
}

static size_t fill(const char *path)
{
    static char block[4096];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    size_t total = 0;
    ssize_t n;

    while ((n = write(fd, block, sizeof(block))) > 0)
        total += (size_t)n;
    CHECK(n == -1 && errno == ENOSPC);
    close(fd);
    return total;
}

static void test_quota(size_t quota)
{
    size_t first = fill("/tmp/full"), files = 0;
    char name[32];
    int fd;

    CHECK(first > quota * 9 / 10 && first <= quota);
    CHECK_ERROR(make_file("/tmp/more", "x"), ENOSPC);
    unlink("/tmp/more");
    CHECK(unlink("/tmp/full") == 0 && fill("/tmp/full") == first && unlink("/tmp/full") == 0);
    for (;; files++) {
        snprintf(name, sizeof(name), "/tmp/n%u", (unsigned)files);
        fd = open(name, O_WRONLY | O_CREAT, 0644);
        if (fd < 0)
            break;
        close(fd);
    }
    CHECK(errno == ENOSPC && files > 100 && files < quota / 64);
    CHECK_ERROR(mkdir("/tmp/none", 0755), ENOSPC);
    while (files-- > 0) {
        snprintf(name, sizeof(name), "/tmp/n%u", (unsigned)files);
        unlink(name);
    }
    CHECK(fill("/tmp/full") == first && unlink("/tmp/full") == 0);
}

static void test_paths(void)
{
    static char path[1100];

    memset(path, 'x', 256);
    CHECK_ERROR(make_file(path, "x"), ENAMETOOLONG);
    path[255] = '\0';
    CHECK(make_file(path, "x") == 1 && unlink(path) == 0);
    memset(path, '/', 1024);
    CHECK_ERROR(chdir(path), ENAMETOOLONG);
    CHECK_ERROR(chdir(""), ENOENT);
    CHECK_ERROR(open("/tmp/x/", O_WRONLY | O_CREAT, 0644), EISDIR);
    CHECK_ERROR(open("/", O_WRONLY | O_CREAT, 0644), EISDIR);
    CHECK_ERROR(link("/tmp", "/x"), EPERM);
    CHECK_ERROR(readlink("/words.txt", path, 9), EINVAL);
}

void test_tree(void)
{
    unsigned others;
    char path[64];

    test_content();
    test_big();
    test_directories();
    test_rename();
    test_unlinked();
    test_paths();
    for (unsigned i = 0, seen = seen_in("/tmp/f", &others); i < 8; i++)
        if ((seen >> i & 1) != 0) {
            snprintf(path, sizeof(path), "/tmp/f/file%u", i);
            CHECK(unlink(path) == 0);
        }
    CHECK(rmdir("/tmp/f") == 0);
    test_quota(start_info()->heap_bytes / 4);
}
