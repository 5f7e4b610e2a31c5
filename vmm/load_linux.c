/* SPDX-License-Identifier: MIT */
/*
 * Linux bzImage by the 64-bit boot protocol, or the 32-bit one when the image has no 64-bit entry
 * (Documentation/arch/x86/boot.rst of Linux, protocol 2.10 and later).
 */
#include <string.h>
#include <hw/x86.h>
#include "acpi_tables.h"
#include "boot_state.h"
#include "load.h"
#include "memmap.h"

/* Offsets in the setup header, which are the same in the zero page. */
enum {
    H_SETUP_SECTS = 0x1f1, H_SYSSIZE = 0x1f4, H_BOOT_FLAG = 0x1fe, H_JUMP = 0x201, H_MAGIC = 0x202,
    H_VERSION = 0x206, H_LOADER = 0x210, H_LOADFLAGS = 0x211, H_CODE32 = 0x214, H_INITRD = 0x218,
    H_INITRD_SIZE = 0x21c, H_CMDLINE = 0x228, H_INITRD_MAX = 0x22c, H_ALIGN = 0x230,
    H_RELOCATABLE = 0x234, H_XLOADFLAGS = 0x236, H_CMDLINE_SIZE = 0x238, H_PREF_ADDRESS = 0x258,
    H_INIT_SIZE = 0x260
};
/* Other fields of the zero page. */
enum {
    Z_SCREEN_INFO = 0x000, Z_ACPI_RSDP = 0x070, Z_E820_COUNT = 0x1e8, Z_HEADER = 0x1f1, Z_E820 = 0x2d0
};

#define LOADED_HIGH   0x01u
#define XLF_KERNEL_64 0x0001u
#define LOADER_UNKNOWN 0xffu
#define BOOT_CS       0x10u
#define BOOT_DS       0x18u
#define ENTRY_64      0x200u
#define VERSION_MIN   0x20au
#define VERSION_64    0x20cu
#define HEADER_END    0x268u /* all fields of protocol 2.10 to 2.12 */
#define ZERO_PAGE_BYTES 4096u

struct linux_image {
    uint64_t setup_bytes;  /* real-mode part at the file's start */
    uint64_t body_bytes;   /* protected-mode part behind it */
    uint64_t init_size;    /* memory that the kernel wants from its load address on */
    uint64_t address;      /* load address */
    uint64_t pref_address, align;
    uint32_t initrd_max, cmdline_max, code32;
    bool relocatable, entry64;
};

static uint64_t field(const struct load *load, unsigned offset, unsigned width)
{
    uint64_t value = 0;

    memcpy(&value, load->kernel.bytes + offset, width);
    return value;
}

static bool judge_header(struct load *load, struct linux_image *image)
{
    const struct load_file *file = &load->kernel;
    unsigned version;

    if (file->size < HEADER_END)
        return load_fail(load, file, "truncated: a bzImage header needs 0x%x bytes, file has 0x%llx", HEADER_END,
                         (unsigned long long)file->size);
    if (field(load, H_BOOT_FLAG, 2) != 0xaa55 || memcmp(file->bytes + H_MAGIC, "HdrS", 4) != 0)
        return load_fail(load, file, "not a bzImage: no boot flag 0xaa55 or no HdrS mark");
    version = (unsigned)field(load, H_VERSION, 2);
    if (version < VERSION_MIN)
        return load_fail(load, file, "boot protocol %u.%02u is too old, 2.10 or later is needed", version >> 8,
                         version & 0xff);
    if (!(field(load, H_LOADFLAGS, 1) & LOADED_HIGH))
        return load_fail(load, file, "a zImage (loaded below 1 MiB), not a bzImage");
    image->setup_bytes = ((field(load, H_SETUP_SECTS, 1) ? field(load, H_SETUP_SECTS, 1) : 4) + 1) * 512;
    image->body_bytes = field(load, H_SYSSIZE, 4) * 16;
    image->init_size = field(load, H_INIT_SIZE, 4);
    image->pref_address = field(load, H_PREF_ADDRESS, 8);
    image->align = field(load, H_ALIGN, 4);
    image->initrd_max = (uint32_t)field(load, H_INITRD_MAX, 4);
    image->cmdline_max = (uint32_t)field(load, H_CMDLINE_SIZE, 4);
    image->code32 = (uint32_t)field(load, H_CODE32, 4);
    image->relocatable = field(load, H_RELOCATABLE, 1) != 0;
    image->entry64 = version >= VERSION_64 && (field(load, H_XLOADFLAGS, 2) & XLF_KERNEL_64);
    return true;
}

static bool judge_sizes(struct load *load, struct linux_image *image)
{
    const struct load_file *file = &load->kernel;
    uint64_t needed = image->setup_bytes + image->body_bytes;

    if (needed > file->size) {
        /* The last paragraph may be cut short by less than 16 bytes. */
        if (needed - file->size >= 16 || file->size <= image->setup_bytes)
            return load_fail(load, file, "truncated: setup header says 0x%llx bytes, file has 0x%llx",
                             (unsigned long long)needed, (unsigned long long)file->size);
        image->body_bytes = file->size - image->setup_bytes;
    }
    if (image->body_bytes <= ENTRY_64)
        return load_fail(load, file, "corrupt: the protected-mode part has only 0x%llx bytes",
                         (unsigned long long)image->body_bytes);
    if (image->init_size < image->body_bytes)
        image->init_size = image->body_bytes;
    if (image->align == 0 || (image->align & (image->align - 1)) != 0)
        return load_fail(load, file, "corrupt: kernel alignment 0x%llx is no power of two",
                         (unsigned long long)image->align);
    return true;
}

static bool place_kernel(struct load *load, struct linux_image *image)
{
    uint64_t align = image->align < MEM_PAGE ? MEM_PAGE : image->align;

    image->address = image->pref_address;
    if (!layout_take(&load->layout, image->address, image->init_size))
        image->address = image->relocatable ? layout_place_low(&load->layout, image->init_size, align, 0x100000,
                                                               MEM_HOLE_BASE)
                                            : LAYOUT_NONE;
    if (image->address == LAYOUT_NONE)
        return load_fail(load, &load->kernel,
                         "needs 0x%llx bytes of RAM at 0x%llx; the VM's memory below 4 GiB ends at 0x%llx",
                         (unsigned long long)image->init_size, (unsigned long long)image->pref_address,
                         (unsigned long long)load->mem->low_bytes);
    return mem_write(load->mem, image->address, load->kernel.bytes + image->setup_bytes, image->body_bytes);
}

/* All modules one behind the other, each padded to four bytes, as a concatenated initramfs. */
static bool place_initrd(struct load *load, const struct linux_image *image, uint64_t *at, uint64_t *bytes)
{
    uint64_t total = 0, position;

    *at = 0;
    *bytes = 0;
    for (unsigned i = 0; i < load->module_count; i++)
        total += (load->module[i].file.size + 3) & ~3ull;
    if (total == 0)
        return true;
    *at = layout_place_high(&load->layout, total, MEM_PAGE, (uint64_t)image->initrd_max + 1);
    if (*at == LAYOUT_NONE)
        return load_fail(load, &load->module[0].file,
                         "initrd of 0x%llx bytes does not fit in RAM beside the kernel below 0x%llx",
                         (unsigned long long)total, (unsigned long long)image->initrd_max + 1);
    position = *at;
    for (unsigned i = 0; i < load->module_count; i++) {
        mem_write(load->mem, position, load->module[i].file.bytes, load->module[i].file.size);
        position += (load->module[i].file.size + 3) & ~3ull;
    }
    *bytes = total;
    return true;
}

static bool place_cmdline(struct load *load, const struct linux_image *image, uint64_t *at)
{
    uint64_t length = strlen(load->cmdline);

    if (length > image->cmdline_max)
        return load_fail(load, &load->kernel, "command line has %llu characters, the kernel takes %u",
                         (unsigned long long)length, image->cmdline_max);
    *at = layout_place_low(&load->layout, length + 1, 16, 0x10000, 0x9f000);
    return *at != LAYOUT_NONE && mem_write(load->mem, *at, load->cmdline, length + 1);
}

/* 80 x 25 colour text on a VGA, as BIOS mode 3 leaves it. */
static void fill_screen_info(uint8_t *zero)
{
    zero[Z_SCREEN_INFO + 0x06] = 3;  /* mode */
    zero[Z_SCREEN_INFO + 0x07] = 80;
    zero[Z_SCREEN_INFO + 0x0a] = 3;  /* EGA or better */
    zero[Z_SCREEN_INFO + 0x0e] = 25;
    zero[Z_SCREEN_INFO + 0x0f] = 1;  /* VGA */
    zero[Z_SCREEN_INFO + 0x10] = 16; /* scan lines of a character */
}

static void fill_e820(const struct load *load, uint8_t *zero)
{
    struct memmap map;

    memmap_build(&map, load->mem);
    zero[Z_E820_COUNT] = (uint8_t)map.count;
    for (unsigned i = 0; i < map.count; i++) {
        uint8_t *entry = zero + Z_E820 + 20 * i;

        memcpy(entry, &map.entry[i].base, 8);
        memcpy(entry + 8, &map.entry[i].bytes, 8);
        memcpy(entry + 16, &map.entry[i].type, 4);
    }
}

static void put32(uint8_t *zero, unsigned offset, uint64_t value)
{
    uint32_t low = (uint32_t)value;

    memcpy(zero + offset, &low, 4);
}

static bool write_zero_page(struct load *load, const struct linux_image *image, uint64_t *at)
{
    static uint8_t zero[ZERO_PAGE_BYTES];
    unsigned header_end = H_MAGIC + load->kernel.bytes[H_JUMP];
    uint64_t cmdline, initrd, initrd_bytes, rsdp = ACPI_TABLES_GPA;

    if (!place_cmdline(load, image, &cmdline) || !place_initrd(load, image, &initrd, &initrd_bytes))
        return false;
    if (header_end > load->kernel.size || header_end > Z_E820)
        header_end = HEADER_END;
    memset(zero, 0, sizeof(zero));
    memcpy(zero + Z_HEADER, load->kernel.bytes + Z_HEADER, header_end - Z_HEADER);
    fill_screen_info(zero);
    fill_e820(load, zero);
    memcpy(zero + Z_ACPI_RSDP, &rsdp, 8);
    zero[H_LOADER] = LOADER_UNKNOWN;
    put32(zero, H_CODE32, image->address);
    put32(zero, H_INITRD, initrd);
    put32(zero, H_INITRD_SIZE, initrd_bytes);
    put32(zero, H_CMDLINE, cmdline);
    *at = layout_place_low(&load->layout, sizeof(zero), MEM_PAGE, MEM_PAGE, 0x9f000);
    return *at != LAYOUT_NONE && mem_write(load->mem, *at, zero, sizeof(zero));
}

static bool write_gdt(struct load *load, uint64_t code)
{
    const uint64_t gdt[4] = { 0, 0, code, 0x00cf93000000ffffull };
    uint64_t at = layout_place_low(&load->layout, sizeof(gdt), 16, MEM_PAGE, 0x9f000);

    if (at == LAYOUT_NONE)
        return false;
    load->state->gdt_base = at;
    load->state->gdt_limit = sizeof(gdt) - 1;
    return mem_write(load->mem, at, gdt, sizeof(gdt));
}

/* Identity map of the first 4 GiB in 2 MiB pages: one PML4, one PDPT, four directories. */
static bool write_page_tables(struct load *load, uint64_t *cr3)
{
    uint64_t base = layout_place_low(&load->layout, 6 * MEM_PAGE, MEM_PAGE, MEM_PAGE, 0x9f000);
    uint64_t *table = base == LAYOUT_NONE ? NULL : mem_ptr(load->mem, base, 6 * MEM_PAGE);

    if (table == NULL)
        return false;
    table[0] = (base + MEM_PAGE) | PTE_P | PTE_W;
    for (uint64_t i = 0; i < 4; i++)
        table[512 + i] = (base + (2 + i) * MEM_PAGE) | PTE_P | PTE_W;
    for (uint64_t i = 0; i < 4 * 512; i++)
        table[1024 + i] = i << 21 | PTE_PS | PTE_P | PTE_W;
    *cr3 = base;
    return true;
}

bool load_linux(struct load *load)
{
    struct linux_image image;
    uint64_t zero_page, cr3;

    if (!judge_header(load, &image) || !judge_sizes(load, &image) || !place_kernel(load, &image) ||
        !write_zero_page(load, &image, &zero_page))
        return false;
    if (image.entry64) {
        if (!write_page_tables(load, &cr3))
            return load_fail(load, &load->kernel, "no room for page tables below 640 KiB");
        boot_state_long(load->state, image.address + ENTRY_64, cr3, BOOT_CS, BOOT_DS);
        if (!write_gdt(load, 0x00af9b000000ffffull))
            return false;
    } else {
        boot_state_flat32(load->state, image.address, BOOT_CS, BOOT_DS);
        if (!write_gdt(load, 0x00cf9b000000ffffull))
            return false;
    }
    load->state->gpr[GPR_RSI] = zero_page;
    return true;
}
