/* SPDX-License-Identifier: MIT */
/* The table of file descriptors, and the calls that need nothing but it. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include "fd.h"

static struct open_file console = { &console_ops, NULL, 0, O_RDWR, 3 };
static struct open_file files[FD_MAX];
static struct open_file *table[FD_MAX] = { &console, &console, &console };

static int fail(int error)
{
    errno = error;
    return -1;
}

struct open_file *fd_file(int fd)
{
    if (fd >= 0 && fd < FD_MAX && table[fd] != NULL)
        return table[fd];
    errno = EBADF;
    return NULL;
}

static int lowest_free(int from)
{
    for (int fd = from; fd < FD_MAX; fd++)
        if (table[fd] == NULL)
            return fd;
    return fail(EMFILE);
}

int fd_new(const struct file_ops *ops, void *object, int flags)
{
    struct open_file f = { ops, object, 0, flags, 1 };
    int fd = lowest_free(0);

    for (int i = 0; fd >= 0 && i < FD_MAX; i++)
        if (files[i].refs == 0) {
            files[i] = f;
            table[fd] = &files[i];
            return fd;
        }
    ops->close(&f);
    return -1;
}

int close(int fd)
{
    struct open_file *f = fd_file(fd);

    if (f == NULL)
        return -1;
    table[fd] = NULL;
    if (--f->refs == 0)
        f->ops->close(f);
    return 0;
}

static int share(struct open_file *f, int fd)
{
    table[fd] = f;
    f->refs++;
    return fd;
}

int dup(int fd)
{
    return fcntl(fd, F_DUPFD, 0);
}

int dup2(int fd, int to)
{
    struct open_file *f = fd_file(fd);

    if (f == NULL || to < 0 || to >= FD_MAX)
        return fail(EBADF);
    if (fd == to)
        return to;
    if (table[to] != NULL)
        close(to);
    return share(f, to);
}

/* Locks always succeed: nobody else has these files. */
int fcntl(int fd, int command, ...)
{
    struct open_file *f = fd_file(fd);
    va_list args;
    int to;

    if (f == NULL)
        return -1;
    va_start(args, command);
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        to = va_arg(args, int);
        va_end(args);
        if (to < 0 || to >= FD_MAX)
            return fail(EINVAL);
        to = lowest_free(to);
        return to < 0 ? -1 : share(f, to);
    case F_GETLK: va_arg(args, struct flock *)->l_type = F_UNLCK; break;
    case F_SETFL: f->flags = (f->flags & ~O_APPEND) | (va_arg(args, int) & O_APPEND); break;
    case F_GETFL: va_end(args); return f->flags;
    case F_GETFD:
    case F_SETFD:
    case F_SETLK:
    case F_SETLKW: break;
    default: va_end(args); return fail(EINVAL);
    }
    va_end(args);
    return 0;
}

static size_t limited(size_t bytes)
{
    return bytes > INT32_MAX ? INT32_MAX : bytes;
}

static struct open_file *fd_for(int fd, int not_wanted)
{
    struct open_file *f = fd_file(fd);

    if (f != NULL && (f->flags & O_ACCMODE) != not_wanted)
        return f;
    errno = EBADF;
    return NULL;
}

_READ_WRITE_RETURN_TYPE read(int fd, void *to, size_t bytes)
{
    struct open_file *f = fd_for(fd, O_WRONLY);
    int done = f == NULL ? -1 : f->ops->read(f, to, limited(bytes), f->at);

    if (done > 0)
        f->at += done;
    return done;
}

_READ_WRITE_RETURN_TYPE write(int fd, const void *from, size_t bytes)
{
    struct open_file *f = fd_for(fd, O_RDONLY);
    struct stat st;
    int done;

    if (f == NULL)
        return -1;
    if ((f->flags & O_APPEND) != 0 && f->ops->resize != NULL && f->ops->stat(f, &st) == 0)
        f->at = st.st_size;
    done = f->ops->write(f, from, limited(bytes), f->at);
    if (done > 0)
        f->at += done;
    return done;
}

static int positions(struct open_file *f)
{
    return f == NULL ? -1 : f->ops->resize == NULL ? fail(ESPIPE) : 0;
}

ssize_t pread(int fd, void *to, size_t bytes, off_t at)
{
    struct open_file *f = fd_for(fd, O_WRONLY);

    if (positions(f) < 0)
        return -1;
    return at < 0 ? fail(EINVAL) : f->ops->read(f, to, limited(bytes), at);
}

ssize_t pwrite(int fd, const void *from, size_t bytes, off_t at)
{
    struct open_file *f = fd_for(fd, O_RDONLY);

    if (positions(f) < 0)
        return -1;
    return at < 0 ? fail(EINVAL) : f->ops->write(f, from, limited(bytes), at);
}

off_t lseek(int fd, off_t offset, int whence)
{
    struct open_file *f = fd_file(fd);
    struct stat st;
    off_t base = 0;

    if (positions(f) < 0)
        return -1;
    if (whence == SEEK_CUR)
        base = f->at;
    else if (whence == SEEK_END && f->ops->stat(f, &st) == 0)
        base = st.st_size;
    else if (whence != SEEK_SET)
        return fail(EINVAL);
    if (__builtin_add_overflow(base, offset, &base) || base < 0)
        return fail(EINVAL);
    f->at = base;
    return base;
}

int fstat(int fd, struct stat *st)
{
    struct open_file *f = fd_file(fd);

    memset(st, 0, sizeof(*st));
    return f == NULL ? -1 : f->ops->stat(f, st);
}

int ftruncate(int fd, off_t bytes)
{
    struct open_file *f = fd_for(fd, O_RDONLY);

    if (f == NULL)
        return -1;
    return f->ops->resize == NULL || bytes < 0 ? fail(EINVAL) : f->ops->resize(f, bytes);
}

int fsync(int fd)
{
    return fd_file(fd) == NULL ? -1 : 0;
}

int fdatasync(int fd)
{
    return fsync(fd);
}

int isatty(int fd)
{
    struct open_file *f = fd_file(fd);

    if (f == NULL)
        return 0;
    if (f->ops == &console_ops)
        return 1;
    errno = ENOTTY;
    return 0;
}
