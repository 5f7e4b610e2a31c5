/* SPDX-License-Identifier: MIT */
/* What a partition needs beside its memory, found out by looking at its files; or why it cannot start. */
#include <stdio.h>
#include <string.h>
#include <user/start.h>
#include "elf_load.h"
#include "image.h"
#include "need.h"

const char *need_file(const struct conf_part *part, unsigned n, char *buffer)
{
    if (part->kind == CONF_CONTAINER)
        return n < part->file_count ? part->file[n] : NULL;
    switch (n) {
    case 0: return part->kernel;
    case 1: return part->firmware;
    case 2: return part->initrd;
    default: break;
    }
    if (n - 3 >= part->module_count)
        return NULL;
    snprintf(buffer, CONF_FILE, "%.*s", (int)strcspn(part->module[n - 3], " \t"),
             part->module[n - 3]);
    return buffer;
}

const struct start_file *need_program(const struct conf_part *part)
{
    return part->kind == CONF_VM ? start_file_find(VMM_FILE) : image_program(part->image);
}

uint64_t need_heap(const struct conf_part *part)
{
    return part->kind == CONF_VM ? VMM_HEAP : part->memory;
}

void need_judge(const struct conf_part *part, struct plan_need *need, char *why, size_t why_size)
{
    const struct start_file *program = need_program(part);
    char buffer[CONF_FILE];
    const char *name;
    struct program image;

    *need = (struct plan_need){ 0 };
    if (part->bad) {
        snprintf(why, why_size, "errors in system.conf");
        return;
    }
    for (unsigned n = 0; (name = need_file(part, n, buffer)) != NULL; n++) {
        const struct start_file *file = start_file_find(name);

        if (file == NULL && *name != '\0') {
            snprintf(why, why_size, "file \"%s\" is missing", name);
            return;
        }
        need->file_pages += file != NULL ? need_pages(file->bytes) : 0;
    }
    if (program == NULL) {
        snprintf(why, why_size, "file \"%s\" is missing",
                 part->kind == CONF_VM ? VMM_FILE : part->image);
        return;
    }
    if (!image_judge(part, &need->file_pages, why, why_size) ||
        !program_judge(program, &image, why, why_size))
        return;
    if (need_heap(part) > FILES_VA - image.end - HEAP_GUARD) {
        snprintf(why, why_size, "memory of a container is limited to 4 GiB less its program");
        return;
    }
    need->file_pages += (image.end - USER_IMAGE_VA) / PAGE; /* page tables for what is shared */
    /* A container's `memory` is its heap and already counted. */
    need->own_pages = image.pages + cpus_most(&part->cpus) * STACK_PAGES + START_PAGES +
                      (part->kind == CONF_VM ? VMM_HEAP / PAGE : 0);
    need->ready = true;
}
