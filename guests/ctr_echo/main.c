/* SPDX-License-Identifier: MIT */
/* Container that answers every line typed into its console; `quit N` ends it. A neighbour for tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    char line[128];

    (void)argc;
    printf("%s: ready\n", argv[0]);
    while (fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "quit", 4) == 0)
            return atoi(line + 4);
        printf("%s: you said \"%s\"\n", argv[0], line);
    }
    printf("%s: end of input\n", argv[0]);
    return 0;
}
