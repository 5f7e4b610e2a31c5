/* SPDX-License-Identifier: MIT */
/* Container that takes all memory it can get, by malloc and by system calls, touches it, and goes on. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <abi/start.h>
#include <user/sys.h>

int main(int argc, char **argv)
{
    uint64_t heap = 0, pages = 0, events = 0;
    char *block;

    for (size_t size = 1 << 20; size >= 4096; size /= 2)
        while ((block = sbrk((ptrdiff_t)size)) != (void *)-1) {
            memset(block, 0x5a, size);
            heap += size;
        }
    while (sys_mem_create(H_SELF_PART, 4096, 0) >= 0)
        pages++;
    while (sys_mem_create(0, 4096, 0) >= 0)
        pages++;
    while (sys_event_create(0, 1) >= 0)
        events++;
    printf("%s: %llu KiB of heap, %llu more pages, %llu events\n", argv[0],
           (unsigned long long)(heap / 1024), (unsigned long long)pages,
           (unsigned long long)events);
    for (;;) {
        sleep(1);
        if (argc > 1)
            return 0;
    }
}
