/* SPDX-License-Identifier: MIT */
/* The table of partitions: slots that are given, found and given again. */
#include <stdlib.h>
#include <string.h>
#include "part.h"

static struct part *table[PART_MAX];
static unsigned end; /* no slot from here on is in use */

struct part *part_add(const struct conf_part *wanted)
{
    struct part *part = calloc(1, sizeof(*part));
    struct conf_part *copy = malloc(sizeof(*copy));
    unsigned slot = 0;

    while (slot < PART_MAX && table[slot] != NULL)
        slot++;
    if (part == NULL || copy == NULL || slot == PART_MAX) {
        free(part);
        free(copy);
        return NULL;
    }
    *copy = *wanted;
    part->slot = slot;
    part->conf = copy;
    table[slot] = part;
    end = slot < end ? end : slot + 1;
    return part;
}

void part_remove(struct part *part)
{
    table[part->slot] = NULL;
    while (end > 0 && table[end - 1] == NULL)
        end--;
    free(part->conf);
    free(part);
}

struct part *part_next(const struct part *part)
{
    unsigned slot = part == NULL ? 0 : part->slot + 1;

    while (slot < end && table[slot] == NULL)
        slot++;
    return slot < end ? table[slot] : NULL;
}

struct part *part_find(const char *name)
{
    FOR_EACH_PART(part)
        if (strcmp(part->conf->name, name) == 0)
            return part;
    return NULL;
}
