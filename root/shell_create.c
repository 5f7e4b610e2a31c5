/* SPDX-License-Identifier: MIT */
/* `create`: partitions from a description file, or from the words of the command itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <user/start.h>
#include "shell.h"

static void report_line(void *context, const char *text)
{
    (void)context;
    printf("%s\n", text);
}

/* Add what the description names, unless it has an error: then nothing. */
static void add_all(const char *file, const char *text, size_t bytes)
{
    static const struct conf_report report = { report_line, NULL };
    struct conf *more = malloc(sizeof(*more));
    char why[120];

    if (more == NULL) {
        printf("root has no memory to read %s\n", file);
        return;
    }
    conf_parse(file, text, bytes, more, &report);
    if (more->errors != 0)
        printf("nothing is created\n");
    for (unsigned i = 0; more->errors == 0 && i < more->count; i++)
        if (life_add(&more->part[i], why, sizeof(why)) != NULL)
            printf("%s is created; `start %s` starts it\n", more->part[i].name, more->part[i].name);
        else
            printf("%s is not created: %s\n", more->part[i].name, why);
    free(more);
}

/* A container has an image, everything else is a VM. */
static const char *kind_of(unsigned words, char **word)
{
    for (unsigned i = 1; i < words; i++)
        if (strncmp(word[i], "image=", 6) == 0)
            return "container";
    return "vm";
}

static void create_inline(unsigned words, char **word)
{
    char text[1024];
    int used = snprintf(text, sizeof(text), "%s %s\n", kind_of(words, word), word[0]);

    for (unsigned i = 1; i < words && used < (int)sizeof(text); i++)
        used += snprintf(text + used, sizeof(text) - (size_t)used, "%s\n", word[i]);
    if (used >= (int)sizeof(text))
        printf("the description is longer than %zu characters\n", sizeof(text) - 1);
    else
        add_all("create", text, (size_t)used);
}

void shell_create(unsigned words, char **word)
{
    const struct start_file *file = start_file_find(word[0]);

    if (words > 1)
        create_inline(words, word);
    else if (file != NULL)
        add_all(file->name, (const char *)file->va, file->bytes);
    else
        printf("found no file \"%s\" beside system.conf, expected one, or `create NAME key=value ...`\n",
               word[0]);
}
