// SPDX-License-Identifier: MIT
// Reads the boot information of either protocol; first C code of every guest.
#include <guest/boot.h>
#include <guest/pic.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/trap.h>

static char cmdline[512];

const char *boot_cmdline(void)
{
    return cmdline;
}

static int memory_multiboot(unsigned n, struct boot_memory *out)
{
    const struct multiboot_info *info = (const void *)(uint64_t)boot_info;
    if (!(info->flags & 1u << 6))
        return 0;
    uint64_t at = info->mmap_addr, end = at + info->mmap_length;
    for (; at < end; at += ((const struct multiboot_mmap *)at)->size + 4) {
        const struct multiboot_mmap *m = (const void *)at;
        if (n-- == 0) {
            *out = (struct boot_memory){m->base, m->bytes, m->type};
            return 1;
        }
    }
    return 0;
}

int boot_memory(unsigned n, struct boot_memory *out)
{
    if (boot_magic == MULTIBOOT_MAGIC)
        return memory_multiboot(n, out);
    const struct pvh_info *info = (const void *)(uint64_t)boot_info;
    if (info->magic != PVH_MAGIC || info->version < 1 || n >= info->memmap_entries)
        return 0;
    const struct pvh_memmap *m = (const struct pvh_memmap *)info->memmap + n;
    *out = (struct boot_memory){m->base, m->bytes, m->type};
    return 1;
}

uint64_t boot_memory_end(void)
{
    struct boot_memory m;
    uint64_t end = 0;
    for (unsigned i = 0; boot_memory(i, &m); i++)
        if (m.type == 1 && m.base + m.bytes <= 0x100000000 && m.base + m.bytes > end)
            end = m.base + m.bytes;
    return end;
}

/* The original may lie anywhere, also where a test writes. */
static void cmdline_copy(void)
{
    uint64_t at = 0;
    if (boot_magic == MULTIBOOT_MAGIC) {
        const struct multiboot_info *info = (const void *)(uint64_t)boot_info;
        at = info->flags & 4 ? info->cmdline : 0;
    } else {
        const struct pvh_info *info = (const void *)(uint64_t)boot_info;
        at = info->magic == PVH_MAGIC ? info->cmdline : 0;
    }
    const char *from = (const char *)at;
    for (unsigned i = 0; at && from[i] && i + 1 < sizeof(cmdline); i++)
        cmdline[i] = from[i];
}

void guest_start(void)
{
    print_init();
    trap_last.vector = VEC_NONE;
    trap_init();
    pic_init(1); /* firmware may have left the timer on, at an exception's vector */
    cmdline_copy();
    report_quiet = text_has_word(cmdline, "quiet");
    guest_main(cmdline);
    report_end();
}
