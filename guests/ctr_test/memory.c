/* SPDX-License-Identifier: MIT */
/* malloc within the limit of the partition, and at it. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <user/start.h>
#include "test.h"

#define BLOCKS 64

static void test_patterns(void)
{
    unsigned char *block[BLOCKS] = { NULL };
    bool kept = true;

    srand(42);
    for (int round = 0; round < 2000; round++) {
        unsigned i = (unsigned)rand() % BLOCKS;

        if (block[i] != NULL) {
            for (unsigned k = 1; k < 100; k++)
                kept = kept && block[i][k] == (unsigned char)i;
            free(block[i]);
            block[i] = NULL;
            continue;
        }
        block[i] = malloc(100 + (unsigned)rand() % 2000);
        if (block[i] != NULL)
            memset(block[i], (int)i, 100);
    }
    CHECK(kept);
    for (int i = 0; i < BLOCKS; i++)
        free(block[i]);
}

/* The heap can be used up to nearly its size, then malloc fails cleanly, and free gives it back. */
static void test_limit(void)
{
    size_t limit = start_info()->heap_bytes, total = 0;
    void *list = NULL;
    void *block;

    errno = 0;
    CHECK(malloc(limit + 1) == NULL && errno == ENOMEM);
    while ((block = malloc(8192)) != NULL) {
        memset(block, 0xa5, 8192);
        *(void **)block = list;
        list = block;
        total += 8192;
    }
    CHECK(total > limit * 8 / 10 && total <= limit);
    while (list != NULL) {
        block = *(void **)list;
        free(list);
        list = block;
    }
    block = malloc(limit / 2);
    CHECK(block != NULL);
    free(block);
}

void test_memory(void)
{
    char *zeros = calloc(1, 10000);
    char *grown;

    CHECK(zeros != NULL && zeros[0] == 0 && zeros[9999] == 0);
    grown = realloc(zeros, 20000);
    CHECK(grown != NULL && grown[9999] == 0);
    free(grown);
    test_patterns();
    test_limit();
}
