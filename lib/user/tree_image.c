/* SPDX-License-Identifier: MIT */
/*
 * The read-only files of the tree. Those of an image are mapped when they are first read, from the
 * handle that came with them: neither start nor listing touches what nobody reads.
 */
#include <abi/image.h>
#include <errno.h>
#include <string.h>
#include "start.h"
#include "sys.h"
#include "tree.h"

/* The directory of a path that root has judged: its parts are there, since they came before. */
static struct node *dir_of(struct node *root, const char **path)
{
    struct node *dir = root;
    const char *slash;

    while ((slash = strchr(*path, '/')) != NULL) {
        dir = tree_child(dir, *path, (size_t)(slash - *path));
        *path = slash + 1;
        if (dir == NULL || !node_is_dir(dir))
            return NULL;
    }
    return dir;
}

static bool add_list(struct node *root)
{
    const struct image_list *list = (const struct image_list *)IMAGE_LIST_VA;

    if ((start_info()->flags & START_IMAGE) == 0)
        return true;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct image_file *file = &list->file[i];
        const char *path = (const char *)list + file->path;
        struct node *dir = dir_of(root, &path);
        struct node *node =
            dir == NULL ? NULL : tree_add(dir, path, strlen(path), file->mode, true);

        if (node == NULL)
            return false;
        node->bytes = file->bytes;
        node->image_offset = file->offset;
    }
    return true;
}

/* The files of `file =` lines were mapped by root. They hide nothing of the image. */
static bool add_given(struct node *root)
{
    const struct start_info *si = start_info();

    for (uint32_t i = 0; i < si->file_count && i < START_MAX_FILES; i++) {
        const struct start_file *file = &si->file[i];
        size_t bytes = strnlen(file->name, sizeof(file->name));
        struct node *node;

        if (tree_child(root, file->name, bytes) != NULL)
            continue;
        node = tree_add(root, file->name, bytes, S_IFREG | 0444, true);
        if (node == NULL)
            return false;
        node->bytes = file->bytes;
        node->image = (const char *)file->va;
    }
    return true;
}

bool tree_add_image(struct node *root)
{
    return add_list(root) && add_given(root);
}

const char *tree_image_bytes(struct node *node)
{
    uint64_t pages = (node->bytes + IMAGE_PAGE - 1) / IMAGE_PAGE;
    uint64_t va = IMAGE_VA + node->image_offset;
    int64_t result;

    if (node->image != NULL)
        return node->image;
    result = sys_mem_map(0, H_IMAGE, node->image_offset, va | MAP_READ, pages * IMAGE_PAGE);
    if (result < 0) {
        errno = result == ERR_NO_KMEM ? ENOMEM : EIO;
        return NULL;
    }
    node->image = (const char *)va;
    return node->image;
}
