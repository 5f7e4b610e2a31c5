/* SPDX-License-Identifier: MIT */
/* A container: arguments, environment, a file of the image, a file of its own, the clock, mathematics. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void show(const char *path)
{
    char line[100];
    FILE *f = fopen(path, "r");

    if (f == NULL) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    while (fgets(line, sizeof(line), f) != NULL)
        printf("%s: %s", path, line);
    fclose(f);
}

int main(int argc, char **argv)
{
    const char *greeting = getenv("GREETING");
    time_t now = time(NULL);
    FILE *own = fopen("/tmp/own.txt", "w");

    printf("%s, %s!\n", greeting != NULL ? greeting : "Hi", argc > 1 ? argv[1] : "there");
    show("/note.txt");
    if (own != NULL) {
        fprintf(own, "The square root of 2 is %.6f.\n", sqrt(2.0));
        fclose(own);
    }
    show("/tmp/own.txt");
    printf("It is %s", asctime(gmtime(&now)));
    return 42;
}
