/* SPDX-License-Identifier: MIT */
/* ELF by the PVH boot ABI (Xen, docs/misc/pvh.pandoc and public/arch-x86/hvm/start_info.h). */
#include <string.h>
#include <lib/elf.h>
#include "acpi_tables.h"
#include "boot_state.h"
#include "load.h"
#include "memmap.h"

#define NOTE_NAME         "Xen"
#define NOTE_PHYS32_ENTRY 18u
#define START_MAGIC_PVH   0x336ec578u

struct pvh_start_info { /* hvm_start_info, version 1 */
    uint32_t magic, version, flags, module_count;
    uint64_t modules, cmdline, rsdp, memmap;
    uint32_t memmap_count, reserved;
};
struct pvh_module {
    uint64_t address, bytes, cmdline, reserved;
};
struct pvh_memmap {
    uint64_t base, bytes;
    uint32_t type, reserved;
};

static bool entry_note(const struct elf_image *elf, uint64_t *entry)
{
    const uint8_t *desc;
    uint32_t bytes;

    if (!elf_note(elf, NOTE_NAME, NOTE_PHYS32_ENTRY, &desc, &bytes) || (bytes != 4 && bytes != 8))
        return false;
    *entry = load_u32(desc);
    return bytes == 4 || load_u32(desc + 4) == 0;
}

bool load_has_pvh(const struct load_file *file)
{
    struct elf_image elf;
    uint64_t entry;

    return elf_open(&elf, file->bytes, file->size) == ELF_OK && entry_note(&elf, &entry);
}

/* Any free place for data that the guest reads at start; LAYOUT_NONE when RAM is full. */
static uint64_t put_data(struct load *load, const void *data, uint64_t bytes)
{
    uint64_t at = layout_place_low(&load->layout, bytes, 16, MEM_PAGE, MEM_HOLE_BASE);

    if (at != LAYOUT_NONE)
        mem_write(load->mem, at, data, bytes);
    return at;
}

static bool put_modules(struct load *load, struct pvh_start_info *info)
{
    struct pvh_module list[LOAD_MAX_MODULES] = { 0 };

    for (unsigned i = 0; i < load->module_count; i++) {
        const struct load_module *module = &load->module[i];

        list[i].bytes = module->file.size;
        list[i].cmdline = put_data(load, module->args, strlen(module->args) + 1);
        list[i].address = layout_place_high(&load->layout, module->file.size, MEM_PAGE, MEM_HOLE_BASE);
        if (list[i].address == LAYOUT_NONE || list[i].cmdline == LAYOUT_NONE)
            return load_fail(load, &module->file, "module of 0x%llx bytes does not fit in RAM",
                             (unsigned long long)module->file.size);
        mem_write(load->mem, list[i].address, module->file.bytes, module->file.size);
    }
    info->module_count = load->module_count;
    if (load->module_count != 0)
        info->modules = put_data(load, list, load->module_count * sizeof(list[0]));
    return info->modules != LAYOUT_NONE;
}

static uint64_t put_memmap(struct load *load, struct pvh_start_info *info)
{
    struct pvh_memmap list[MEMMAP_MAX] = { 0 };
    struct memmap map;

    memmap_build(&map, load->mem);
    for (unsigned i = 0; i < map.count; i++)
        list[i] = (struct pvh_memmap){ map.entry[i].base, map.entry[i].bytes, map.entry[i].type, 0 };
    info->memmap_count = map.count;
    return put_data(load, list, map.count * sizeof(list[0]));
}

static bool put_start_info(struct load *load, uint64_t *at)
{
    struct pvh_start_info info = { .magic = START_MAGIC_PVH, .version = 1, .rsdp = ACPI_TABLES_GPA };

    if (!put_modules(load, &info))
        return false;
    info.cmdline = put_data(load, load->cmdline, strlen(load->cmdline) + 1);
    info.memmap = put_memmap(load, &info);
    *at = put_data(load, &info, sizeof(info));
    if (info.cmdline == LAYOUT_NONE || info.memmap == LAYOUT_NONE || *at == LAYOUT_NONE)
        return load_fail(load, &load->kernel, "no room in RAM for the start information");
    return true;
}

bool load_pvh(struct load *load)
{
    struct elf_image elf;
    enum elf_error error = elf_open(&elf, load->kernel.bytes, load->kernel.size);
    uint64_t entry, info;

    if (error != ELF_OK)
        return load_fail(load, &load->kernel, "%s", elf_reason(error));
    if (!entry_note(&elf, &entry))
        return load_fail(load, &load->kernel, "no PVH note (Xen, type 18) with an entry address below 4 GiB");
    if (!load_elf_segments(load, &elf))
        return false;
    if (layout_is_free(&load->layout, entry, 1) || mem_ptr(load->mem, entry, 1) == NULL)
        return load_fail(load, &load->kernel, "entry point 0x%llx lies in no loaded segment",
                         (unsigned long long)entry);
    if (!put_start_info(load, &info))
        return false;
    boot_state_flat32(load->state, entry, 0x08, 0x10);
    load->state->gpr[GPR_RBX] = info;
    return true;
}
