/* SPDX-License-Identifier: MIT */
/* The frame of the loaders' fuzzers: any file, and a good image with damage, are refused with a reason or loaded inside RAM. */
#ifndef FUZZ_LOADER_H
#define FUZZ_LOADER_H

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

/* The input is a list of changes {offset, value of four bytes} to a good image, then its length. */
static size_t damaged(void (*make_template)(void), const uint8_t *data, size_t size)
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

static void load(enum load_kind kind, const uint8_t *file, size_t size)
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
    if (!load_image(&job, kind) && job.error[0] == 0)
        abort(); /* refused without a reason */
    (void)load_recognise(&job.kernel);
}

/* One input of the fuzzer: as a file itself, and as damage to the template. */
static int fuzz_loader(enum load_kind kind, void (*make_template)(void), const uint8_t *data, size_t size)
{
    uint8_t *copy;
    size_t bytes;

    load(kind, data, size);
    bytes = damaged(make_template, data, size);
    copy = malloc(bytes ? bytes : 1); /* exact size, for the sanitizer */
    if (copy == NULL)
        return 0;
    memcpy(copy, image, bytes);
    load(kind, copy, bytes);
    free(copy);
    return 0;
}

#endif
