/* SPDX-License-Identifier: MIT */
/* From the first instruction to main() and from its return to the end of the partition. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "event.h"
#include "start.h"

#define MAX_ARGS 64

void start_program(unsigned thread) __attribute__((noreturn));
int main(int argc, char **argv);

extern void (*const __init_array_start[])(void);
extern void (*const __init_array_end[])(void);

static char arg_text[sizeof(((struct start_info *)0)->args) + 1];
static char program_name[sizeof(((struct start_info *)0)->name) + 1];
static char *arg_list[MAX_ARGS + 1];

/* Split start_info.args at blanks; argv[0] is the partition's name. */
static int split_args(void)
{
    int count = 0;
    char *rest = arg_text;
    char *word;

    memcpy(program_name, start_info()->name, sizeof(start_info()->name));
    memcpy(arg_text, start_info()->args, sizeof(start_info()->args));
    arg_list[count++] = program_name;
    while (count < MAX_ARGS && (word = strsep(&rest, " \t")) != NULL)
        if (*word != '\0')
            arg_list[count++] = word;
    arg_list[count] = NULL;
    return count;
}

void start_program(unsigned thread)
{
    int argc;

    if (thread != 0 && thread_main != NULL)
        thread_main(thread);
    if (thread != 0)
        for (;;)
            (void)event_take(0, EVENT_NEVER);
    if (start_info()->magic != START_MAGIC)
        abort();
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    for (void (*const *f)(void) = __init_array_start; f < __init_array_end; f++)
        (*f)();
    start_environ();
    argc = split_args();
    exit(main(argc, arg_list));
}

const struct start_file *start_file_find(const char *name)
{
    const struct start_info *si = start_info();

    for (uint32_t i = 0; i < si->file_count && i < START_MAX_FILES; i++)
        if (strncmp(si->file[i].name, name, sizeof(si->file[i].name)) == 0)
            return &si->file[i];
    return NULL;
}
