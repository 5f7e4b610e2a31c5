// SPDX-License-Identifier: MIT
// t_mark: looks whether any of its RAM shows what the owner before left there, then fills it with a
// mark and waits to be destroyed. What it looks for is written inverted: its own image has no mark.
#include <guest/boot.h>
#include <guest/print.h>
#include <guest/start.h>
#include <guest/x86.h>

#define MARK  (~0xb2a7c54d19e6f083ull)
#define BEGIN (8ul << 20) // its image and page tables lie below

void guest_main(const char *cmdline)
{
    uint64_t end = boot_memory_end() & ~0xfffull, found = 0, other = 0;

    (void)cmdline;
    for (uint64_t *at = (uint64_t *)BEGIN; at < (uint64_t *)end; at++) {
        found += *at == MARK;
        other += *at != 0;
        *at = MARK;
    }
    print("t_mark: %lu MiB, %lu words with the mark, %lu not 0; filled\n", (uint64_t)(end - BEGIN) >> 20, found, other);
    for (;;)
        sti_hlt_cli();
}
