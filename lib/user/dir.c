/* SPDX-License-Identifier: MIT */
/* Reading directories, and the path of the current one. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tree.h"

struct user_dir {
    struct node *node;
    long at; /* 0 ".", 1 "..", then the children in their order */
    struct dirent entry;
};

DIR *opendir(const char *path)
{
    struct node *node = tree_find(path);
    DIR *dir;

    if (node == NULL)
        return NULL;
    if (!node_is_dir(node)) {
        errno = ENOTDIR;
        return NULL;
    }
    dir = calloc(1, sizeof(*dir));
    if (dir == NULL)
        return NULL;
    tree_use(node);
    dir->node = node;
    return dir;
}

/* By index, so that what is removed meanwhile cannot leave a dangling pointer. */
struct dirent *readdir(DIR *dir)
{
    const struct node *node = dir->node;
    const char *name = dir->at == 0 ? "." : "..";

    if (dir->at >= 2) {
        node = dir->node->child;
        for (long i = 2; i < dir->at && node != NULL; i++)
            node = node->next;
        if (node == NULL)
            return NULL;
        name = node->name;
    }
    dir->at++;
    dir->entry.d_ino = (ino_t)node->number;
    dir->entry.d_type = node_is_dir(node) ? DT_DIR : DT_REG;
    strlcpy(dir->entry.d_name, name, sizeof(dir->entry.d_name));
    return &dir->entry;
}

void rewinddir(DIR *dir)
{
    dir->at = 0;
}

long telldir(DIR *dir)
{
    return dir->at;
}

void seekdir(DIR *dir, long at)
{
    dir->at = at;
}

int closedir(DIR *dir)
{
    tree_leave(dir->node);
    free(dir);
    return 0;
}

/* Written from the end of the buffer to its beginning, then moved. */
char *getcwd(char *to, size_t size)
{
    const struct node *node = tree_root() == NULL ? NULL : tree_cwd;
    size_t at = size;

    if (node == NULL || to == NULL || size < 2) {
        errno = node == NULL ? ENOMEM : to == NULL ? EINVAL : ERANGE;
        return NULL;
    }
    to[--at] = '\0';
    for (; node->parent != NULL; node = node->parent) {
        size_t bytes = strlen(node->name);

        if (bytes + 1 > at) {
            errno = ERANGE;
            return NULL;
        }
        at -= bytes;
        memcpy(to + at, node->name, bytes);
        to[--at] = '/';
    }
    if (at == size - 1)
        to[--at] = '/';
    memmove(to, to + at, size - at);
    return to;
}
