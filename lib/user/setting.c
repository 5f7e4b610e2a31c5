/* SPDX-License-Identifier: MIT */
/* Settings that came with the program. */
#include <stdlib.h>
#include <string.h>
#include "setting.h"
#include "start.h"

const char *setting_text(const char *key, unsigned n, size_t *bytes)
{
    const char *line = start_info()->conf, *end = line + sizeof(start_info()->conf);
    size_t key_bytes = strlen(key);

    for (; line < end && *line != '\0'; line += *bytes + 1) {
        *bytes = strcspn(line, "\n");
        if (strncmp(line, key, key_bytes) != 0 || strncmp(line + key_bytes, " = ", 3) != 0)
            continue;
        if (n-- == 0) {
            *bytes -= key_bytes + 3;
            return line + key_bytes + 3;
        }
    }
    return NULL;
}

uint64_t setting_number(const char *key, uint64_t otherwise)
{
    size_t bytes;
    const char *text = setting_text(key, 0, &bytes);

    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}
