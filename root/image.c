/* SPDX-License-Identifier: MIT */
/*
 * Container images among the files of the system. Each is judged when it is first asked for, its
 * digest too, and stays as it is then: files never change. A container gets a handle to the whole
 * image and maps of it what it reads, so a start costs the same however big the image is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <user/start.h>
#include "conf_keys.h"
#include "image.h"

#define PAGE 4096ull

static struct image_known *all;

static uint64_t pages_of(uint64_t bytes)
{
    return (bytes + PAGE - 1) / PAGE;
}

static void judge(struct image_known *k)
{
    const struct manifest *m = &k->image.manifest;
    int used = snprintf(k->why, sizeof(k->why), "%s: ", k->file->name);
    size_t left = sizeof(k->why) - (size_t)used;

    if (!image_open(&k->image, (const void *)k->file->va, k->file->bytes, k->why + used, left))
        return;
    k->program = *k->file;
    k->program.va += k->image.program_offset;
    k->program.bytes = k->image.program_bytes;
    if (m->connect_count != 0)
        snprintf(k->why + used, left, "wants the service \"%s\", which nobody offers",
                 m->connect[0]);
    else if (m->offer_count != 0)
        snprintf(k->why + used, left, "offers the service \"%s\", but there are no services yet",
                 m->offer[0]);
    else
        k->why[0] = '\0';
}

/* NULL: no such file, or it is no image. */
struct image_known *image_known(const char *name)
{
    const struct start_file *file = start_file_find(name);
    struct image_known *k = all;

    if (file == NULL || !image_recognise((const void *)file->va, file->bytes))
        return NULL;
    while (k != NULL && k->file != file)
        k = k->next;
    if (k != NULL)
        return k;
    k = calloc(1, sizeof(*k));
    if (k == NULL)
        return NULL; /* the file is no ELF either: that will be told */
    k->file = file;
    judge(k);
    k->next = all;
    all = k;
    return k;
}

const struct start_file *image_program(const char *file)
{
    const struct image_known *k = image_known(file);

    return k != NULL && k->program.bytes != 0 ? &k->program : start_file_find(file);
}

static bool given(const struct conf_part *part, const char *key)
{
    return (part->seen >> (conf_key_find(key, CONF_CONTAINER) - conf_keys) & 1) != 0;
}

void image_settle(struct conf_part *part)
{
    const struct image_known *k = part->kind == CONF_CONTAINER ? image_known(part->image) : NULL;
    const struct manifest *m = k == NULL || k->why[0] != '\0' ? NULL : &k->image.manifest;

    if (m == NULL)
        return;
    if (!given(part, "memory") && m->memory != 0)
        part->memory = m->memory;
    if (!given(part, "priority") && m->priority != 0)
        part->priority = m->priority - 1;
    if (!given(part, "budget") && m->budget != 0)
        part->budget = m->budget;
    if (!given(part, "args"))
        snprintf(part->args, sizeof(part->args), "%s", m->args);
}

bool image_judge(const struct conf_part *part, uint64_t *file_pages, char *why, size_t why_size)
{
    const struct image_known *k = part->kind == CONF_CONTAINER ? image_known(part->image) : NULL;

    if (k == NULL)
        return true;
    snprintf(why, why_size, "%s", k->why);
    if (k->why[0] == '\0' && k->image.manifest.storage > part->memory)
        snprintf(why, why_size, "%s: its files may take %llu KiB, more than its memory",
                 k->file->name, (unsigned long long)(k->image.manifest.storage / 1024));
    *file_pages += pages_of(k->image.size) + pages_of(k->image.list_bytes);
    return why[0] == '\0';
}
