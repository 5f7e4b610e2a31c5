/* SPDX-License-Identifier: MIT */
/* Names: nodes, directories, paths, and what they cost. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "setting.h"
#include "start.h"
#include "tree.h"

#define STORAGE_SHARE 4 /* of the heap, when the manifest does not say */

struct tree_quota tree_quota;
struct node *tree_cwd;
static struct node *root;

static uint64_t cost_of(size_t name_bytes)
{
    return sizeof(struct node) + name_bytes + 1;
}

/* A copy that is charged; NULL: quota or heap are used up. */
static char *name_new(const char *name, size_t bytes)
{
    char *copy = NULL;

    if (cost_of(bytes) <= tree_quota.limit - tree_quota.used)
        copy = strndup(name, bytes);
    if (copy == NULL)
        errno = ENOSPC;
    else
        tree_quota.used += cost_of(bytes);
    return copy;
}

static void name_free(const char *name)
{
    tree_quota.used -= cost_of(strlen(name));
    free((void *)(uintptr_t)name);
}

static struct node *node_new(const char *name, size_t name_bytes, uint32_t mode, bool fixed)
{
    static unsigned number;
    const char *own = fixed ? name : name_new(name, name_bytes);
    struct node *node = own == NULL ? NULL : calloc(1, sizeof(*node));

    if (node == NULL) {
        if (own != NULL && !fixed)
            name_free(own);
        errno = ENOSPC;
        return NULL;
    }
    node->name = own;
    node->number = ++number;
    node->mode = mode;
    node->fixed = fixed;
    node->changed_ns = fixed ? start_info()->wall_ns : clock_wall_ns();
    return node;
}

struct node *tree_root(void)
{
    static const char tmp[] = "tmp";

    if (root != NULL)
        return root;
    tree_quota.limit = setting_number("storage", start_info()->heap_bytes / STORAGE_SHARE);
    root = node_new("", 0, S_IFDIR | 0755, true);
    if (root == NULL)
        return NULL;
    tree_cwd = root;
    if (!tree_add_image(root)) {
        root = NULL; /* what there is of it is lost, as is the program most likely */
        return NULL;
    }
    if (tree_child(root, tmp, strlen(tmp)) == NULL)
        tree_add(root, tmp, strlen(tmp), S_IFDIR | 0777, true);
    return root;
}

struct node *tree_child(const struct node *dir, const char *name, size_t name_bytes)
{
    for (struct node *n = dir->child; n != NULL; n = n->next)
        if (strncmp(n->name, name, name_bytes) == 0 && n->name[name_bytes] == '\0')
            return n;
    return NULL;
}

static void put_in(struct node *dir, struct node *node)
{
    node->parent = dir;
    node->next = NULL;
    if (dir->child == NULL)
        dir->child = node;
    else
        dir->last_child->next = node;
    dir->last_child = node;
    dir->changed_ns = node->changed_ns;
}

static void take_out(struct node *node)
{
    struct node *dir = node->parent, *before = NULL;

    for (struct node *n = dir->child; n != node; n = n->next)
        before = n;
    if (before == NULL)
        dir->child = node->next;
    else
        before->next = node->next;
    if (dir->last_child == node)
        dir->last_child = before;
    node->parent = NULL;
    dir->changed_ns = clock_wall_ns();
}

struct node *tree_add(struct node *dir, const char *name, size_t name_bytes, uint32_t mode,
                      bool fixed)
{
    struct node *node = node_new(name, name_bytes, mode, fixed);

    if (node != NULL)
        put_in(dir, node);
    return node;
}

static void free_if_unused(struct node *node)
{
    if (node->users != 0 || node->parent != NULL || node == root)
        return;
    if (!node_is_dir(node))
        tree_resize(node, 0);
    name_free(node->name);
    free(node->block);
    free(node);
}

bool tree_move(struct node *node, struct node *dir, const char *name, size_t name_bytes)
{
    const char *own = name_new(name, name_bytes);

    if (own == NULL)
        return false;
    take_out(node);
    name_free(node->name);
    node->name = own;
    put_in(dir, node);
    return true;
}

void tree_remove(struct node *node)
{
    take_out(node);
    free_if_unused(node);
}

void tree_use(struct node *node)
{
    node->users++;
}

void tree_leave(struct node *node)
{
    node->users--;
    free_if_unused(node);
}

static struct node *refuse(int error)
{
    errno = error;
    return NULL;
}

/* One part of a path, from a directory. */
static struct node *step(struct node *dir, const char *name, size_t bytes)
{
    struct node *next;

    if (bytes == 1 && name[0] == '.')
        return dir;
    if (bytes == 2 && name[0] == '.' && name[1] == '.')
        return dir->parent != NULL ? dir->parent : dir;
    if (bytes > TREE_NAME_MAX)
        return refuse(ENAMETOOLONG);
    next = tree_child(dir, name, bytes);
    return next != NULL ? next : refuse(ENOENT);
}

/* Follows a path; with `leaf` it stops before its last name. */
static struct node *walk(const char *path, const char **leaf, size_t *leaf_bytes)
{
    struct node *at = tree_root();

    if (at == NULL || *path == '\0' || strlen(path) > TREE_PATH_MAX)
        return at == NULL ? NULL : refuse(*path == '\0' ? ENOENT : ENAMETOOLONG);
    if (*path != '/')
        at = tree_cwd;
    for (path += strspn(path, "/"); *path != '\0';) {
        size_t bytes = strcspn(path, "/"), slashes = strspn(path + bytes, "/");

        if (!node_is_dir(at))
            return refuse(ENOTDIR);
        if (leaf != NULL && path[bytes + slashes] == '\0') {
            *leaf = path;
            *leaf_bytes = bytes;
            return bytes > TREE_NAME_MAX ? refuse(ENAMETOOLONG) : at;
        }
        at = step(at, path, bytes);
        if (at == NULL)
            return NULL;
        if (slashes != 0 && !node_is_dir(at))
            return refuse(ENOTDIR);
        path += bytes + slashes;
    }
    return leaf == NULL ? at : refuse(EEXIST); /* the root has no last name */
}

struct node *tree_find(const char *path)
{
    return walk(path, NULL, NULL);
}

struct node *tree_find_parent(const char *path, const char **name, size_t *name_bytes)
{
    struct node *dir = walk(path, name, name_bytes);

    if (dir != NULL && strspn(*name, ".") == *name_bytes && *name_bytes <= 2)
        return refuse(EINVAL); /* "." and ".." are nobody's names */
    return dir;
}
