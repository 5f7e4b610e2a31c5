/* SPDX-License-Identifier: MIT */
/* Words of a line. */
#include <string.h>
#include "shell.h"

int words_split(char *text, char **word)
{
    int count = 0;

    for (text += strspn(text, " \t"); *text != '\0'; text += strspn(text, " \t")) {
        bool quoted = *text == '"';
        char *end = quoted ? strchr(text + 1, '"') : text + strcspn(text, " \t");

        if (end == NULL || count == MAX_WORDS)
            return -1;
        word[count++] = text + quoted;
        text = *end == '\0' ? end : end + 1;
        *end = '\0';
    }
    word[count] = NULL;
    return count;
}
