/* SPDX-License-Identifier: MIT */
/* `run`: a container made from an image, started and attached, in one command. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "console.h"
#include "shell.h"

#define KEYS 24u

struct wish {
    bool detached;
    char name[CONF_NAME];
    char image[CONF_FILE + 8]; /* "image=FILE" */
    char args[CONF_TEXT + 8];  /* "args=WORD WORD" */
    char *word[KEYS + 3];      /* as `create` takes them */
    unsigned words;
};

/* FILE without what is behind the dot, as a name; with a number when there is one of that name. */
static void name_it(struct wish *wish, const char *file)
{
    char stem[CONF_NAME - 4];
    size_t n = 0;

    for (; n < sizeof(stem) - 1 && file[n] != '\0' && file[n] != '.'; n++)
        stem[n] = isalnum((unsigned char)file[n]) ? file[n] : '-';
    stem[n] = '\0';
    snprintf(wish->name, sizeof(wish->name), "%s", stem);
    for (unsigned i = 2; part_find(wish->name) != NULL; i++)
        snprintf(wish->name, sizeof(wish->name), "%s-%u", stem, i);
}

/* The words for the program, with blanks between them. false: too many. */
static bool join(struct wish *wish, unsigned words, char **word)
{
    size_t used = (size_t)snprintf(wish->args, sizeof(wish->args), "args=");

    for (unsigned i = 0; i < words; i++) {
        int more = snprintf(wish->args + used, sizeof(wish->args) - used, "%s%s", i == 0 ? "" : " ", word[i]);

        used += (size_t)more;
        if (used >= sizeof(wish->args))
            return false;
    }
    return true;
}

/* "[-d] [KEY=VALUE ...] IMAGE [WORD ...]"; false: said what is wrong. */
static bool read_wish(struct wish *wish, unsigned words, char **word)
{
    unsigned at = 0;

    wish->words = 1; /* the name */
    if (strcmp(word[at], "-d") == 0) {
        wish->detached = true;
        at++;
    }
    for (; at < words && strchr(word[at], '=') != NULL && wish->words <= KEYS; at++)
        if (strncmp(word[at], "name=", 5) == 0)
            snprintf(wish->name, sizeof(wish->name), "%s", word[at] + 5);
        else
            wish->word[wish->words++] = word[at];
    if (at == words) {
        printf("found no image, expected run [-d] [KEY=VALUE ...] IMAGE [WORD ...]\n");
        return false;
    }
    if (wish->name[0] == '\0')
        name_it(wish, word[at]);
    snprintf(wish->image, sizeof(wish->image), "image=%s", word[at++]);
    wish->word[0] = wish->name;
    wish->word[wish->words++] = wish->image;
    if (!join(wish, words - at, word + at)) {
        printf("the words for the program are longer than %d characters\n", CONF_TEXT - 1);
        return false;
    }
    if (at < words)
        wish->word[wish->words++] = wish->args;
    return true;
}

void shell_run_image(unsigned words, char **word)
{
    struct wish wish = { 0 };
    struct part *part;

    if (!read_wish(&wish, words, word))
        return;
    part = shell_create_words(wish.words, wish.word);
    if (part == NULL || !life_event(part, ON_START))
        return;
    if (wish.detached || part->state != LIFE_RUNNING)
        shell_say_start(part);
    else
        console_attach(part);
}
