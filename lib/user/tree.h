/* SPDX-License-Identifier: MIT */
/*
 * The files that a program sees: one tree in its own heap, made when it is used for the first time.
 * Nodes of the image and of `file =` are read-only and their bytes lie where they were mapped; the
 * rest belongs to the program, within a quota. Nobody else sees any of it.
 */
#ifndef USER_TREE_H
#define USER_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define TREE_BLOCK    4096u
#define TREE_NAME_MAX 255u
#define TREE_PATH_MAX 1023u

struct node {
    struct node *parent; /* NULL: the root, or no name leads here any more */
    struct node *next, *child, *last_child;
    unsigned users; /* open descriptors and directories */
    bool fixed;     /* read-only */
    uint32_t mode;
    uint64_t bytes;
    uint64_t changed_ns;
    const char *image;     /* bytes of a read-only file, once they are mapped */
    uint64_t image_offset; /* where they are in the image */
    char **block;          /* bytes of a file of one's own; NULL = a hole */
    size_t block_slots;
    unsigned number;  /* as st_ino */
    const char *name; /* of a read-only node: where it was found */
};

static inline bool node_is_dir(const struct node *n)
{
    return S_ISDIR(n->mode);
}

/* Bytes of names and data that the program may keep, and keeps. */
struct tree_quota {
    uint64_t limit, used;
};
extern struct tree_quota tree_quota;

/* The root, the tree being made if it is not yet; NULL: ENOMEM. */
struct node *tree_root(void);

/* Where relative paths begin. */
extern struct node *tree_cwd;

/* The node of a path; NULL: errno. */
struct node *tree_find(const char *path);

/* The directory in which the last name of a path stands or would stand; NULL: errno. */
struct node *tree_find_parent(const char *path, const char **name, size_t *name_bytes);

/* A child by name, or NULL. */
struct node *tree_child(const struct node *dir, const char *name, size_t name_bytes);

/*
 * A new child at the end of the directory. One that is fixed costs nothing and keeps `name`, which
 * then ends with NUL; NULL: ENOSPC.
 */
struct node *tree_add(struct node *dir, const char *name, size_t name_bytes, uint32_t mode,
                      bool fixed);

/* Another name and place for a node of one's own; false: ENOSPC. */
bool tree_move(struct node *node, struct node *dir, const char *name, size_t name_bytes);

/* Take it out of its directory; it goes when it has no user. */
void tree_remove(struct node *node);
void tree_use(struct node *node);
void tree_leave(struct node *node);

/* tree_image.c: put in the read-only files. */
bool tree_add_image(struct node *root);
const char *tree_image_bytes(struct node *node); /* mapped now if need be; NULL: errno */

/* tree_data.c: content. Like read, write and ftruncate; -1 = errno. */
int tree_read(struct node *node, void *to, size_t bytes, uint64_t at);
int tree_write(struct node *node, const void *from, size_t bytes, uint64_t at);
int tree_resize(struct node *node, uint64_t bytes);

void tree_stat(const struct node *node, struct stat *st);

#endif
