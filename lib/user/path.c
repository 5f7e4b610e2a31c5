/* SPDX-License-Identifier: MIT */
/* The calls on paths: what is read-only says so (EROFS), the rest is the program's own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>
#include "fd.h"
#include "tree.h"

static int fail(int error)
{
    errno = error;
    return -1;
}

static int read_node(struct open_file *f, void *to, size_t bytes, off_t at)
{
    struct node *node = f->object;

    return node_is_dir(node) ? fail(EISDIR) : tree_read(node, to, bytes, (uint64_t)at);
}

static int write_node(struct open_file *f, const void *from, size_t bytes, off_t at)
{
    return tree_write(f->object, from, bytes, (uint64_t)at);
}

static int stat_node(struct open_file *f, struct stat *st)
{
    tree_stat(f->object, st);
    return 0;
}

static int resize_node(struct open_file *f, off_t bytes)
{
    return tree_resize(f->object, (uint64_t)bytes);
}

static void close_node(struct open_file *f)
{
    tree_leave(f->object);
}

static const struct file_ops node_ops = { read_node, write_node, stat_node, resize_node,
                                          close_node };

/* The file that open() is about, made if it is to be. */
static struct node *node_to_open(const char *path, int flags)
{
    struct node *node = tree_find(path), *dir;
    size_t name_bytes;
    const char *name;

    if (node != NULL && (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) {
        errno = EEXIST;
        return NULL;
    }
    if (node != NULL || errno != ENOENT || (flags & O_CREAT) == 0)
        return node;
    dir = tree_find_parent(path, &name, &name_bytes);
    if (dir == NULL)
        return NULL;
    if (name[name_bytes] == '/') {
        errno = EISDIR;
        return NULL;
    }
    return tree_add(dir, name, name_bytes, S_IFREG | 0644, false);
}

int open(const char *path, int flags, ...)
{
    struct node *node = node_to_open(path, flags);
    bool writes = (flags & O_ACCMODE) != O_RDONLY;

    if (node == NULL)
        return -1;
    if (node_is_dir(node) && writes)
        return fail(EISDIR);
    if (!node_is_dir(node) && (flags & O_DIRECTORY) != 0)
        return fail(ENOTDIR);
    if (node->fixed && (writes || (flags & O_TRUNC) != 0))
        return fail(EROFS);
    if (writes && (flags & O_TRUNC) != 0)
        tree_resize(node, 0);
    tree_use(node);
    return fd_new(&node_ops, node, flags);
}

int creat(const char *path, mode_t mode)
{
    return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int stat(const char *restrict path, struct stat *restrict st)
{
    struct node *node = tree_find(path);

    if (node == NULL)
        return -1;
    tree_stat(node, st);
    return 0;
}

/* There are no links of any kind. */
int lstat(const char *restrict path, struct stat *restrict st)
{
    return stat(path, st);
}

int access(const char *path, int mode)
{
    struct node *node = tree_find(path);

    if (node == NULL)
        return -1;
    if ((mode & W_OK) != 0 && node->fixed && !node_is_dir(node))
        return fail(EROFS);
    return (mode & X_OK) != 0 && (node->mode & 0111) == 0 ? fail(EACCES) : 0;
}

int truncate(const char *path, off_t bytes)
{
    struct node *node = tree_find(path);

    if (node == NULL)
        return -1;
    if (node_is_dir(node) || node->fixed)
        return fail(node_is_dir(node) ? EISDIR : EROFS);
    return bytes < 0 ? fail(EINVAL) : tree_resize(node, (uint64_t)bytes);
}

int mkdir(const char *path, mode_t mode)
{
    size_t name_bytes;
    const char *name;
    struct node *dir = tree_find_parent(path, &name, &name_bytes);

    if (dir == NULL)
        return errno == EINVAL ? fail(EEXIST) : -1;
    if (tree_child(dir, name, name_bytes) != NULL)
        return fail(EEXIST);
    return tree_add(dir, name, name_bytes, S_IFDIR | (mode & 0777), false) == NULL ? -1 : 0;
}

int rmdir(const char *path)
{
    struct node *node = tree_find(path);

    if (node == NULL)
        return -1;
    if (!node_is_dir(node))
        return fail(ENOTDIR);
    if (node->child != NULL)
        return fail(ENOTEMPTY);
    if (node->fixed)
        return fail(EROFS);
    if (node == tree_cwd)
        return fail(EBUSY);
    tree_remove(node);
    return 0;
}

int unlink(const char *path)
{
    struct node *node = tree_find(path);

    if (node == NULL)
        return -1;
    if (node_is_dir(node))
        return fail(EISDIR);
    if (node->fixed)
        return fail(EROFS);
    tree_remove(node);
    return 0;
}

static bool within(const struct node *node, const struct node *dir)
{
    while (node != NULL && node != dir)
        node = node->parent;
    return node == dir;
}

/* May `node` stand in the place of `old`? */
static int replace_error(const struct node *node, const struct node *old)
{
    if (node_is_dir(old) != node_is_dir(node))
        return node_is_dir(old) ? EISDIR : ENOTDIR;
    if (old->child != NULL)
        return ENOTEMPTY;
    return old->fixed ? EROFS : old == tree_cwd ? EBUSY : 0;
}

int rename(const char *from, const char *to)
{
    struct node *node = tree_find(from), *dir, *old;
    size_t name_bytes;
    const char *name;
    int error;

    if (node == NULL)
        return -1;
    dir = tree_find_parent(to, &name, &name_bytes);
    if (dir == NULL)
        return -1;
    old = tree_child(dir, name, name_bytes);
    error = old != NULL && old != node ? replace_error(node, old) : 0;
    if (node->fixed)
        error = EROFS;
    else if (within(dir, node))
        error = EINVAL;
    if (error != 0)
        return fail(error);
    if (old == node)
        return 0;
    if (!tree_move(node, dir, name, name_bytes))
        return -1;
    if (old != NULL)
        tree_remove(old);
    return 0;
}

int chdir(const char *path)
{
    struct node *node = tree_find(path);

    if (node == NULL)
        return -1;
    if (!node_is_dir(node))
        return fail(ENOTDIR);
    tree_cwd = node;
    return 0;
}

/* Modes and times of one's own files are kept or accepted, but nobody asks for them. */
int chmod(const char *path, mode_t mode)
{
    struct node *node = tree_find(path);

    if (node == NULL)
        return -1;
    if (node->fixed)
        return fail(EROFS);
    node->mode = (node->mode & S_IFMT) | (mode & 0777);
    return 0;
}

int utime(const char *path, const struct utimbuf *times)
{
    struct node *node = tree_find(path);

    if (node == NULL)
        return -1;
    if (node->fixed)
        return fail(EROFS);
    if (times != NULL)
        node->changed_ns = (uint64_t)times->modtime * 1000000000u;
    return 0;
}
