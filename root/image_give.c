/* SPDX-License-Identifier: MIT */
/* What a container gets of its image: a handle to it, the list of its files, its settings. */
#include <stdlib.h>
#include <string.h>
#include <user/start.h>
#include <user/sys.h>
#include "elf_load.h"
#include "image.h"

#define PAGE 4096ull

static uint64_t pages_of(uint64_t bytes)
{
    return (bytes + PAGE - 1) / PAGE;
}

/* The list of files in memory of its own, which every container of this image maps. */
static int64_t make_list(const struct image *image)
{
    struct image_list *list = calloc(1, image->list_bytes);
    int64_t mem;

    if (list == NULL)
        return ERR_NO_MEM;
    image_list(image, list);
    mem = memory_filled(H_SELF_PART, pages_of(image->list_bytes), 0, list, image->list_bytes);
    free(list);
    return mem;
}

int64_t image_give(const struct conf_part *part, int64_t handle, struct start_info *info)
{
    struct image_known *k = part->kind == CONF_CONTAINER ? image_known(part->image) : NULL;
    int64_t result;

    if (k == NULL)
        return 0;
    if (k->list <= 0)
        k->list = make_list(&k->image);
    if (k->list < 0)
        return k->list;
    result = sys_handle_give((uint64_t)handle, H_MODULE0 + (uint64_t)(k->file - start_info()->file),
                             H_IMAGE, RIGHT_READ);
    if (result == 0)
        result = sys_mem_map((uint64_t)handle, (uint64_t)k->list, 0, IMAGE_LIST_VA | MAP_READ,
                             pages_of(k->image.list_bytes) * PAGE);
    info->flags |= START_IMAGE;
    memcpy(info->conf, k->image.manifest.settings, sizeof(k->image.manifest.settings));
    return result;
}
