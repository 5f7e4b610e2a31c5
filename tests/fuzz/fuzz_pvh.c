/* SPDX-License-Identifier: MIT */
/* Any file as a guest image, by the loader for pvh: refused with a reason, or loaded inside RAM. */
// sources: vmm/load.c vmm/load_linux.c vmm/load_pvh.c vmm/load_multiboot.c vmm/multiboot_info.c vmm/layout.c vmm/memmap.c vmm/boot_state.c vmm/mem.c lib/elf.c
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <vmm/load.h>

#define RAM   0x800000u
#define IMAGE 0x2000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t image[IMAGE];

static void put(unsigned at, uint64_t value, unsigned width)
{
    memcpy(image + at, &value, width);
}

/* A small valid 64-bit ELF file with the PVH note. */
static void make_template(void)
{
    memcpy(image, "\177ELF\2\1\1", 7);
    put(16, 0x003e0002, 4);
    put(20, 1, 4);
    put(24, 0x100010, 8);
    put(32, 0x40, 8);
    put(54, 56, 2);
    put(56, 2, 2);
    put(0x40, 1, 4);
    put(0x48, 0x400, 8);
    put(0x50, 0x100000, 8);
    put(0x58, 0x100000, 8);
    put(0x60, 0x400, 8);
    put(0x68, 0x500, 8);
    put(0x78, 4, 4);
    put(0x80, 0x200, 8);
    put(0x98, 20, 8);
    put(0xa0, 20, 8);
    put(0x200, 4, 4);
    put(0x204, 4, 4);
    put(0x208, 18, 4);
    memcpy(image + 0x20c, "Xen", 4);
    put(0x210, 0x100020, 4);
}

/* The input is a list of changes {offset, value of four bytes} to a good image, then its length. */
static size_t damaged(const uint8_t *data, size_t size)
{
    uint32_t value;

    memset(image, 0, sizeof(image));
    make_template();
    for (; size >= 6; size -= 6, data += 6) {
        memcpy(&value, data + 2, 4);
        put((data[0] | data[1] << 8) % (IMAGE - 4), value, 4);
    }
    return size >= 2 ? (data[0] | data[1] << 8) % (IMAGE + 1) : IMAGE;
}

static void load(const uint8_t *file, size_t size)
{
    static uint8_t *ram;
    static struct load job;
    struct vcpu_state state;
    struct mem mem;

    if (ram == NULL)
        ram = malloc(RAM); /* on the heap: the sanitizer watches its ends */
    mem_init(&mem, ram, RAM);
    memset(&job, 0, sizeof(job));
    job.mem = &mem;
    job.cmdline = "quiet";
    job.state = &state;
    job.kernel = (struct load_file){ "image", file, size };
    job.module[0] = (struct load_module){ { "module", (const uint8_t *)"text", 4 }, "module" };
    job.module_count = 1;
    if (!load_image(&job, LOAD_PVH) && job.error[0] == 0)
        abort(); /* refused without a reason */
    (void)load_recognise(&job.kernel);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy;
    size_t bytes;

    load(data, size);
    bytes = damaged(data, size);
    copy = malloc(bytes ? bytes : 1); /* exact size, for the sanitizer */
    if (copy == NULL)
        return 0;
    memcpy(copy, image, bytes);
    load(copy, bytes);
    free(copy);
    return 0;
}
