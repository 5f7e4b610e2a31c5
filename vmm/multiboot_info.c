/* SPDX-License-Identifier: MIT */
/* Multiboot information (specification 0.6.96, 3.3): memory, command line, modules, memory map. */
#include <stdio.h>
#include <string.h>
#include "memmap.h"
#include "multiboot_info.h"

#define INFO_MEMORY  (1u << 0)
#define INFO_CMDLINE (1u << 2)
#define INFO_MODULES (1u << 3)
#define INFO_MEMMAP  (1u << 6)
#define INFO_LOADER  (1u << 9)

#define LOADER_NAME "Bulkhead"

struct info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, module_count, modules;
    uint32_t symbols[4];
    uint32_t memmap_bytes, memmap, drives_bytes, drives, config_table, loader_name, apm_table;
    uint32_t vbe[4];
    uint32_t framebuffer[7];
};
struct info_module {
    uint32_t start, end, cmdline, reserved;
};
struct info_memmap {
    uint32_t size; /* of the rest */
    uint64_t base, bytes;
    uint32_t type;
} __attribute__((packed));
_Static_assert(sizeof(struct info_memmap) == 24, "layout");

/* Not in page 0 (some guests take address 0 for none), below 4 GiB, beside the image. */
static uint32_t put_data(struct load *load, const void *data, uint64_t bytes)
{
    uint64_t at = layout_place_low(&load->layout, bytes, 16, MEM_PAGE, MEM_HOLE_BASE);

    if (at == LAYOUT_NONE)
        return 0;
    mem_write(load->mem, at, data, bytes);
    return (uint32_t)at;
}

/* The command line begins with the program's name. */
static uint32_t put_cmdline(struct load *load)
{
    char text[1280];

    snprintf(text, sizeof(text), "%s%s%s", load->kernel.name, load->cmdline[0] ? " " : "", load->cmdline);
    return put_data(load, text, strlen(text) + 1);
}

static bool put_modules(struct load *load, struct info *info)
{
    struct info_module list[LOAD_MAX_MODULES] = { 0 };

    for (unsigned i = 0; i < load->module_count; i++) {
        const struct load_module *module = &load->module[i];
        uint64_t at = layout_place_low(&load->layout, module->file.size ? module->file.size : 1, MEM_PAGE, 0x100000,
                                       MEM_HOLE_BASE);

        list[i].cmdline = put_data(load, module->args, strlen(module->args) + 1);
        if (at == LAYOUT_NONE || list[i].cmdline == 0)
            return load_fail(load, &module->file, "module of 0x%llx bytes does not fit in RAM",
                             (unsigned long long)module->file.size);
        mem_write(load->mem, at, module->file.bytes, module->file.size);
        list[i].start = (uint32_t)at;
        list[i].end = (uint32_t)(at + module->file.size);
    }
    info->flags |= INFO_MODULES;
    info->module_count = load->module_count;
    if (load->module_count != 0)
        info->modules = put_data(load, list, load->module_count * sizeof(list[0]));
    return load->module_count == 0 || info->modules != 0;
}

static void put_memmap(struct load *load, struct info *info)
{
    struct info_memmap list[MEMMAP_MAX];
    struct memmap map;

    memmap_build(&map, load->mem);
    for (unsigned i = 0; i < map.count; i++)
        list[i] = (struct info_memmap){ sizeof(list[0]) - 4, map.entry[i].base, map.entry[i].bytes,
                                        map.entry[i].type };
    info->memmap_bytes = (uint32_t)(map.count * sizeof(list[0]));
    info->memmap = put_data(load, list, info->memmap_bytes);
    info->flags |= INFO_MEMMAP | INFO_MEMORY;
    info->mem_lower = 639;
    info->mem_upper = (uint32_t)((load->mem->low_bytes - 0x100000) >> 10);
}

bool multiboot_info_write(struct load *load, uint64_t *at)
{
    struct info info = { .flags = INFO_CMDLINE | INFO_LOADER };

    if (!put_modules(load, &info))
        return false;
    put_memmap(load, &info);
    info.cmdline = put_cmdline(load);
    info.loader_name = put_data(load, LOADER_NAME, sizeof(LOADER_NAME));
    *at = put_data(load, &info, sizeof(info));
    if (info.cmdline == 0 || info.loader_name == 0 || info.memmap == 0 || *at == 0)
        return load_fail(load, &load->kernel, "no room in RAM for the multiboot information");
    return true;
}
