/* SPDX-License-Identifier: MIT */
/*
 * File descriptors for the C library: 0 to 2 are the console, the rest are the read-only files
 * that the program was given.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <abi/ring.h>
#include "console.h"
#include "event.h"
#include "start.h"
#include "stop.h"

#define FIRST_FILE 3
#define MAX_OPEN   16

static struct {
    const struct start_file *file;
    off_t position;
} open_files[MAX_OPEN];

int open(const char *path, int flags, ...)
{
    const struct start_file *file = start_file_find(path[0] == '/' ? path + 1 : path);

    if (file == NULL) {
        errno = ENOENT;
        return -1;
    }
    if ((flags & O_ACCMODE) != O_RDONLY) {
        errno = EROFS;
        return -1;
    }
    for (int i = 0; i < MAX_OPEN; i++)
        if (open_files[i].file == NULL) {
            open_files[i].file = file;
            open_files[i].position = 0;
            return FIRST_FILE + i;
        }
    errno = EMFILE;
    return -1;
}

static int file_index(int fd)
{
    int i = fd - FIRST_FILE;

    if (i >= 0 && i < MAX_OPEN && open_files[i].file != NULL)
        return i;
    errno = EBADF;
    return -1;
}

int close(int fd)
{
    int i = file_index(fd);

    if (i < 0)
        return fd >= 0 && fd < FIRST_FILE ? 0 : -1;
    open_files[i].file = NULL;
    return 0;
}

/* A terminal's Enter key sends CR; programs expect LF. Blocks until there is something; asked to end: 0. */
static int read_console(char *to, size_t bytes)
{
    size_t count;

    while ((count = console_try_read(to, bytes)) == 0)
        if (stop_or_event(EVENT_CONSOLE, EVENT_NEVER) == 0 && stop_asked())
            return 0;
    for (size_t i = 0; i < count; i++)
        if (to[i] == '\r')
            to[i] = '\n';
    return (int)count;
}

_READ_WRITE_RETURN_TYPE read(int fd, void *buffer, size_t bytes)
{
    int i;
    size_t left;

    if (bytes > INT32_MAX)
        bytes = INT32_MAX;
    if (fd == 0)
        return bytes == 0 ? 0 : read_console(buffer, bytes);
    i = file_index(fd);
    if (i < 0)
        return -1;
    if (open_files[i].position >= (off_t)open_files[i].file->bytes)
        return 0;
    left = open_files[i].file->bytes - (size_t)open_files[i].position;
    if (bytes > left)
        bytes = left;
    memcpy(buffer, (const char *)open_files[i].file->va + open_files[i].position, bytes);
    open_files[i].position += (off_t)bytes;
    return (_READ_WRITE_RETURN_TYPE)bytes;
}

/* The console is a raw terminal: end of line is CR LF there. */
_READ_WRITE_RETURN_TYPE write(int fd, const void *buffer, size_t bytes)
{
    const char *from = buffer;
    size_t start = 0;

    if (fd != 1 && fd != 2) {
        errno = EBADF;
        return -1;
    }
    if (bytes > INT32_MAX)
        bytes = INT32_MAX;
    for (size_t i = 0; i < bytes; i++)
        if (from[i] == '\n') {
            console_write(from + start, i - start);
            console_write("\r\n", 2);
            start = i + 1;
        }
    if (start < bytes)
        console_write(from + start, bytes - start);
    return (_READ_WRITE_RETURN_TYPE)bytes;
}

off_t lseek(int fd, off_t offset, int whence)
{
    int i = file_index(fd);
    off_t base;

    if (i < 0) {
        errno = fd >= 0 && fd < FIRST_FILE ? ESPIPE : EBADF;
        return -1;
    }
    base = whence == SEEK_CUR   ? open_files[i].position
           : whence == SEEK_END ? (off_t)open_files[i].file->bytes
                                : 0;
    if ((whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END) ||
        __builtin_add_overflow(base, offset, &base) || base < 0) {
        errno = EINVAL;
        return -1;
    }
    open_files[i].position = base;
    return base;
}

int fstat(int fd, struct stat *st)
{
    int i;

    memset(st, 0, sizeof(*st));
    if (fd >= 0 && fd < FIRST_FILE) {
        st->st_mode = S_IFCHR | 0600;
        return 0;
    }
    i = file_index(fd);
    if (i < 0)
        return -1;
    st->st_mode = S_IFREG | 0400;
    st->st_size = (off_t)open_files[i].file->bytes;
    return 0;
}

int stat(const char *restrict path, struct stat *restrict st)
{
    int fd = open(path, O_RDONLY);
    int result;

    if (fd < 0)
        return -1;
    result = fstat(fd, st);
    close(fd);
    return result;
}

int isatty(int fd)
{
    if (fd >= 0 && fd < FIRST_FILE)
        return 1;
    errno = ENOTTY;
    return 0;
}
