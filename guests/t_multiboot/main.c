// SPDX-License-Identifier: MIT
// t_multiboot: the machine state and the information that a multiboot 1 loader hands over.
#include <guest/boot.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/x86.h>

extern char image_start[], image_end[];

static bool in_image(uint64_t at)
{
    return at >= (uint64_t)image_start && at < (uint64_t)image_end;
}

static void check_place(uint64_t at, const char *name)
{
    check(!in_image(at), "%s is outside the image: 0x%lx", name, at);
    check(at >= 4096 && at < 0x100000000, "%s is not in page 0", name);
}

static void memory(const struct multiboot_info *info)
{
    uint64_t upper = 0, lower = 0, image_inside = 0, last_end = 0;
    bool sorted = true;
    struct boot_memory m;
    unsigned n;
    for (n = 0; boot_memory(n, &m); n++) {
        print("memory 0x%lx + 0x%lx type %u\n", m.base, m.bytes, m.type);
        sorted &= m.base >= last_end && m.bytes != 0;
        last_end = m.base + m.bytes;
        if (m.type != 1)
            continue;
        if (m.base == 0)
            lower = m.bytes;
        if (m.base == 0x100000)
            upper = m.bytes;
        image_inside |= m.base <= (uint64_t)image_start && m.base + m.bytes >= (uint64_t)image_end;
    }
    check(n >= 2, "memory map with %u ranges", n);
    check(sorted, "the map is sorted, without overlap");
    check(image_inside, "the image lies in usable memory");
    check_eq(info->mem_lower, lower / 1024, "mem_lower agrees with the map");
    check_eq(info->mem_upper, upper / 1024, "mem_upper agrees with the map");
    check(info->mem_lower >= 512 && info->mem_lower <= 640, "mem_lower in KiB");
    check_place(info->mmap_addr, "the memory map");
}

static bool first_word_is(const char *line, const char *word)
{
    for (; *word; line++, word++)
        if (*line != *word)
            return false;
    return *line == 0 || *line == ' ';
}

static void modules(const struct multiboot_info *info, const char *cmdline)
{
    uint64_t want = text_value(cmdline, "modules", 0);
    check_eq(info->mods_count, want, "number of modules");
    if (info->mods_count != want || want == 0)
        return;
    const struct multiboot_module *m = (const void *)(uint64_t)info->mods_addr;
    check_place(info->mods_addr, "the list of modules");
    for (unsigned i = 0; i < want; i++) {
        const char *text = (const char *)(uint64_t)m[i].start, *string = (const char *)(uint64_t)m[i].string;
        print("module 0x%x..0x%x \"%s\"\n", m[i].start, m[i].end, string);
        check_eq(m[i].start % 4096, 0, "module %u is page aligned", i);
        check_place(m[i].start, "the module");
        check(m[i].end > m[i].start && !in_image(m[i].end - 1), "its end");
        check(text[0] == 'm' && text[1] == 'o' && text[2] == 'd' && text[3] == '0' + (char)i, "its contents");
        check(text_has_word(string, i == 0 ? "first" : "second"), "its string has the words given");
    }
}

static bool any_name(const char *cmdline)
{
    return first_word_is(cmdline, "t_multiboot.elf") || first_word_is(cmdline, "t_multiboot32.elf") ||
           first_word_is(cmdline, "t_multiboot.bin");
}

void guest_main(const char *cmdline)
{
    const struct multiboot_info *info = (const void *)(uint64_t)boot_info;
    report_name("t_multiboot");
    check_eq(boot_magic, MULTIBOOT_MAGIC, "EAX");
    check_eq(boot_cr0 & (CR0_PE | CR0_PG), CR0_PE, "CR0: protected mode without paging");
    check_eq(boot_eflags & (FLAG_IF | FLAG_VM), 0, "EFLAGS: interrupts off");
    check_place(boot_info, "the information");
    check_eq(info->flags & 0x4d, 0x4d, "memory, command line, modules and map are told");
    print("command line \"%s\"\n", cmdline);
    check(any_name(cmdline), "the command line begins with the program's name");
    check(text_has_word(cmdline, "word"), "and goes on with the words given");
    check_place(info->cmdline, "the command line");
    memory(info);
    modules(info, cmdline);
    static volatile uint8_t zero[4096];
    bool clean = true;
    for (unsigned i = 0; i < sizeof(zero); i++)
        clean &= zero[i] == 0;
    check(clean, "bss is zero");
    volatile uint32_t *low = (volatile uint32_t *)0x8000, *high = (volatile uint32_t *)0x108000;
    uint32_t saved = *high;
    *low = 0x12345678;
    *high = saved;
    check_eq(*low, 0x12345678, "A20 is open");
}
