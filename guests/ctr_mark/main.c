/* SPDX-License-Identifier: MIT */
/*
 * Container that looks whether any memory that it can get shows what the owner before left there, then
 * fills it with a mark and waits to be destroyed. The mark is written inverted: the image has none.
 */
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define MARK (~0xb2a7c54d19e6f083ull)

int main(void)
{
    uint64_t pages = 0, found = 0, other = 0;
    uint64_t *page;

    setvbuf(stdout, NULL, _IONBF, 0); /* a buffer of its own would be made of the heap */
    while ((page = sbrk(4096)) != (void *)-1) {
        pages++;
        for (unsigned i = 0; i < 512; i++) {
            found += page[i] == MARK;
            other += page[i] != 0;
            page[i] = MARK;
        }
    }
    printf("ctr_mark: %llu MiB, %llu words with the mark, %llu not 0; filled\n", (unsigned long long)pages >> 8,
           (unsigned long long)found, (unsigned long long)other);
    for (;;)
        sleep(1000);
}
