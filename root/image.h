/* SPDX-License-Identifier: MIT */
/* Container images: judged once, then what a container gets from its image at each start. */
#ifndef ROOT_IMAGE_H
#define ROOT_IMAGE_H

#include <abi/start.h>
#include <lib/image.h>
#include "conf.h"

/* An image among the files of the system. */
struct image_known {
    struct image_known *next;
    const struct start_file *file;
    struct start_file program; /* the ELF in it */
    struct image image;
    int64_t list;  /* memory object: struct image_list; 0 until a container needs it */
    char why[200]; /* not empty: refused */
};

/* The image of this file name, judged; NULL: no such file, or it is no image. */
struct image_known *image_known(const char *name);

/* The ELF of a container's file: within an image, or the file itself; NULL: no such file. */
const struct start_file *image_program(const char *file);

/*
 * What the manifest asks for and system.conf leaves open: memory, priority, budget, arguments. Of a
 * bare ELF nothing.
 */
void image_settle(struct conf_part *part);

/* Can it start? RAM pages that files of the image may take page tables for. false: `why`. */
bool image_judge(const struct conf_part *part, uint64_t *file_pages, char *why, size_t why_size);

/* image_give.c: hand the image, the list of its files and its settings to the new partition; 0 or an error. */
int64_t image_give(const struct conf_part *part, int64_t handle, struct start_info *info);

#endif
