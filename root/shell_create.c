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

static bool exists(void *context, const char *name)
{
    (void)context;
    return part_find(name) != NULL;
}

/* Add what a description names, from a file or (bytes = 0) in one line; nothing if it has an error. */
static void add_all(const char *from, const char *text, size_t bytes)
{
    static const struct conf_report report = { report_line, NULL, exists };
    struct conf *more = malloc(sizeof(*more));
    char why[120];

    if (more == NULL) {
        printf("root has no memory to read %s\n", from);
        return;
    }
    if (bytes == 0)
        conf_parse_inline(from, text, more, &report);
    else
        conf_parse(from, text, bytes, more, &report);
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
    int used = snprintf(text, sizeof(text), "%s %s", kind_of(words, word), word[0]);

    for (unsigned i = 1; i < words && used < (int)sizeof(text); i++) {
        size_t key = strcspn(word[i], "=");
        bool value = word[i][key] == '='; /* in quotes again, as the line had it */

        used += snprintf(text + used, sizeof(text) - (size_t)used, " %.*s%s%s%s", (int)key, word[i],
                         value ? "=\"" : "", value ? word[i] + key + 1 : "", value ? "\"" : "");
    }
    if (used >= (int)sizeof(text))
        printf("the description is longer than %zu characters\n", sizeof(text) - 1);
    else
        add_all("create", text, 0);
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
