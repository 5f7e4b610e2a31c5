/* SPDX-License-Identifier: MIT */
/* The environment, from the settings that came with the program. */
#include <string.h>
#include <unistd.h>
#include "setting.h"
#include "start.h"

#define MAX_ENV 32

/* The settings are read-only and their lines do not end with NUL: copied once. */
void start_environ(void)
{
    static char text[sizeof(((struct start_info *)0)->conf) + MAX_ENV];
    static char *list[MAX_ENV + 1];
    char *to = text;
    const char *value;
    size_t bytes;

    for (unsigned n = 0; n < MAX_ENV && (value = setting_text("env", n, &bytes)) != NULL; n++) {
        memcpy(to, value, bytes);
        list[n] = to;
        to += bytes + 1;
    }
    environ = list;
}
