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

/* What a text describes, from a file or (bytes = 0) in one line; NULL: said what is wrong. */
static struct conf *describe(const char *from, const char *text, size_t bytes)
{
    static const struct conf_report report = { report_line, NULL, exists };
    struct conf *more = malloc(sizeof(*more));

    if (more == NULL) {
        printf("root has no memory to read %s\n", from);
        return NULL;
    }
    if (bytes == 0)
        conf_parse_inline(from, text, more, &report);
    else
        conf_parse(from, text, bytes, more, &report);
    if (more->errors == 0)
        return more;
    printf("nothing is created\n");
    free(more);
    return NULL;
}

static struct part *add(const struct conf_part *wanted)
{
    char why[120];
    struct part *part = life_add(wanted, why, sizeof(why));

    if (part == NULL)
        printf("%s is not created: %s\n", wanted->name, why);
    return part;
}

static void say_created(const struct part *part)
{
    if (part != NULL)
        printf("%s is created; `start %s` starts it\n", part->conf->name, part->conf->name);
}

static void create_file(const struct start_file *file)
{
    struct conf *more = describe(file->name, (const char *)file->va, file->bytes);

    for (unsigned i = 0; more != NULL && i < more->count; i++)
        say_created(add(&more->part[i]));
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

struct part *shell_create_words(unsigned words, char **word)
{
    char text[1024];
    int used = snprintf(text, sizeof(text), "%s %s", kind_of(words, word), word[0]);
    struct part *part = NULL;
    struct conf *more;

    for (unsigned i = 1; i < words && used < (int)sizeof(text); i++) {
        size_t key = strcspn(word[i], "=");
        bool value = word[i][key] == '='; /* in quotes again, as the line had it */

        used += snprintf(text + used, sizeof(text) - (size_t)used, " %.*s%s%s%s", (int)key, word[i],
                         value ? "=\"" : "", value ? word[i] + key + 1 : "", value ? "\"" : "");
    }
    if (used >= (int)sizeof(text)) {
        printf("the description is longer than %zu characters\n", sizeof(text) - 1);
        return NULL;
    }
    more = describe("create", text, 0);
    if (more != NULL)
        part = add(&more->part[0]);
    free(more);
    return part;
}

void shell_create(unsigned words, char **word)
{
    const struct start_file *file = start_file_find(word[0]);

    if (words > 1)
        say_created(shell_create_words(words, word));
    else if (file != NULL)
        create_file(file);
    else
        printf("found no file \"%s\" beside system.conf, expected one, or `create NAME key=value ...`\n",
               word[0]);
}
