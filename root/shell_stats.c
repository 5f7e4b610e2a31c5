/* SPDX-License-Identifier: MIT */
/* `stats [--json] [NAME]`. */
#include <stdio.h>
#include <string.h>
#include "shell.h"
#include "stats.h"

void shell_stats(unsigned words, char **word)
{
    bool json = words > 0 && strcmp(word[0], "--json") == 0;
    struct part *only = NULL;

    if (words > (json ? 2u : 1u)) {
        printf("usage: stats [--json] [NAME]\n");
        return;
    }
    if (words > json && (only = shell_named(word[json])) == NULL)
        return;
    if (json)
        stats_json(only);
    else if (only != NULL)
        stats_print(only);
    else
        FOR_EACH_PART(part)
            stats_print(part);
}
