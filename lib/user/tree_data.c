/* SPDX-License-Identifier: MIT */
/* Content of files: the image's bytes where they lie, a program's own in blocks from its heap. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "tree.h"

#define BIGGEST (1ull << 40) /* of one file, holes included */

static size_t least(uint64_t a, uint64_t b)
{
    return (size_t)(a < b ? a : b);
}

int tree_read(struct node *node, void *to, size_t bytes, uint64_t at)
{
    const char *image;
    size_t done = 0;

    if (at >= node->bytes)
        return 0;
    bytes = least(bytes, node->bytes - at);
    if (node->fixed) {
        image = tree_image_bytes(node);
        if (image == NULL)
            return -1;
        memcpy(to, image + at, bytes);
        return (int)bytes;
    }
    while (done < bytes) {
        uint64_t index = (at + done) / TREE_BLOCK, inside = (at + done) % TREE_BLOCK;
        size_t part = least(bytes - done, TREE_BLOCK - inside);

        if (index < node->block_slots && node->block[index] != NULL)
            memcpy((char *)to + done, node->block[index] + inside, part);
        else
            memset((char *)to + done, 0, part);
        done += part;
    }
    return (int)bytes;
}

static bool table_reaches(struct node *node, uint64_t index)
{
    size_t slots = node->block_slots == 0 ? 8 : node->block_slots;
    char **table;

    while (slots <= index)
        slots *= 2;
    if (slots == node->block_slots)
        return true;
    table = realloc(node->block, slots * sizeof(*table));
    if (table == NULL)
        return false;
    memset(table + node->block_slots, 0, (slots - node->block_slots) * sizeof(*table));
    node->block = table;
    node->block_slots = slots;
    return true;
}

/* The block of this index, made if there is none; NULL: quota or heap are used up. */
static char *block_at(struct node *node, uint64_t index)
{
    if (!table_reaches(node, index))
        return NULL;
    if (node->block[index] == NULL && tree_quota.limit - tree_quota.used >= TREE_BLOCK) {
        node->block[index] = calloc(1, TREE_BLOCK);
        tree_quota.used += node->block[index] != NULL ? TREE_BLOCK : 0;
    }
    return node->block[index];
}

/* As much as fits; an error only when that is nothing. */
int tree_write(struct node *node, const void *from, size_t bytes, uint64_t at)
{
    size_t done = 0;

    if (at > BIGGEST || bytes > BIGGEST - at) {
        errno = EFBIG;
        return -1;
    }
    while (done < bytes) {
        uint64_t inside = (at + done) % TREE_BLOCK;
        size_t part = least(bytes - done, TREE_BLOCK - inside);
        char *block = block_at(node, (at + done) / TREE_BLOCK);

        if (block == NULL)
            break;
        memcpy(block + inside, (const char *)from + done, part);
        done += part;
    }
    if (done != 0) {
        node->bytes = at + done > node->bytes ? at + done : node->bytes;
        node->changed_ns = clock_wall_ns();
    }
    if (done == 0 && bytes != 0) {
        errno = ENOSPC;
        return -1;
    }
    return (int)done;
}

int tree_resize(struct node *node, uint64_t bytes)
{
    uint64_t keep = (bytes + TREE_BLOCK - 1) / TREE_BLOCK;

    if (bytes > BIGGEST) {
        errno = EFBIG;
        return -1;
    }
    for (uint64_t i = keep; i < node->block_slots; i++)
        if (node->block[i] != NULL) {
            free(node->block[i]);
            node->block[i] = NULL;
            tree_quota.used -= TREE_BLOCK;
        }
    /* what follows the new end in its block must be zero when the file grows again */
    if (bytes < node->bytes && bytes % TREE_BLOCK != 0 && keep <= node->block_slots &&
        node->block[keep - 1] != NULL)
        memset(node->block[keep - 1] + bytes % TREE_BLOCK, 0, TREE_BLOCK - bytes % TREE_BLOCK);
    node->bytes = bytes;
    node->changed_ns = clock_wall_ns();
    return 0;
}

void tree_stat(const struct node *node, struct stat *st)
{
    memset(st, 0, sizeof(*st));
    st->st_dev = (dev_t)(1 + (node->number >> 16)); /* an ino_t has 16 bits */
    st->st_ino = (ino_t)(node->number & 0xffff);
    st->st_mode = node->mode;
    st->st_nlink = 1;
    st->st_size = (off_t)node->bytes;
    st->st_blksize = TREE_BLOCK;
    st->st_blocks = (blkcnt_t)((node->bytes + 511) / 512);
    st->st_mtim.tv_sec = (time_t)(node->changed_ns / 1000000000);
    st->st_mtim.tv_nsec = (long)(node->changed_ns % 1000000000);
    st->st_atim = st->st_ctim = st->st_mtim;
}
