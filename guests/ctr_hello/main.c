/* SPDX-License-Identifier: MIT */
/* The smallest container: says hello and ends with the code that its first argument gives. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    printf("hello from container %s\n", argv[0]);
    return argc > 1 ? atoi(argv[1]) : 0;
}
