/* SPDX-License-Identifier: MIT */
/*
 * File descriptors: small numbers for open files, each of a kind that brings its own operations.
 * 0 to 2 are the console from the beginning. Whoever never opens a file links no file system.
 */
#ifndef USER_FD_H
#define USER_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#define FD_MAX 64

struct open_file;

/* Each sets errno and gives -1 on an error. A kind that has no positions ignores `at`. */
struct file_ops {
    int (*read)(struct open_file *f, void *to, size_t bytes, off_t at);
    int (*write)(struct open_file *f, const void *from, size_t bytes, off_t at);
    int (*stat)(struct open_file *f, struct stat *st);
    int (*resize)(struct open_file *f, off_t bytes); /* NULL: it has neither size nor positions */
    void (*close)(struct open_file *f);
};

struct open_file {
    const struct file_ops *ops;
    void *object;
    off_t at;
    int flags;     /* of open() */
    unsigned refs; /* descriptors that lead here; 0 = free */
};

extern const struct file_ops console_ops;

/* A new descriptor, the lowest that is free, for an object; -1: EMFILE, and the object is closed.
 */
int fd_new(const struct file_ops *ops, void *object, int flags);

/* What it leads to; NULL: EBADF. */
struct open_file *fd_file(int fd);

#endif
