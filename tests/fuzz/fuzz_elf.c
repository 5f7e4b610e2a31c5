// sources: lib/elf.c
/* SPDX-License-Identifier: MIT */
/*
 * Whatever elf_open() accepts, its accessors stay inside the file and its promises hold.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <lib/elf.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

static void require(int truth)
{
    if (!truth)
        abort();
}

static void touch(const uint8_t *bytes, uint64_t count)
{
    if (count != 0)
        sink = bytes[0] ^ bytes[count - 1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct elf_image image;
    struct elf_segment s;
    const uint8_t *desc;
    uint32_t bytes, index = 0, loads = 0;
    enum elf_error error = elf_open(&image, data, size);

    require(elf_reason(error) != NULL);
    if (error != ELF_OK)
        return 0;
    while (elf_next_load(&image, &index, &s)) {
        require(s.file_bytes <= s.mem_bytes && s.va + s.mem_bytes - 1 >= s.va);
        touch(data + s.offset, s.file_bytes);
        loads++;
    }
    require(loads != 0);
    if (elf_note(&image, "Xen", 18, &desc, &bytes))
        touch(desc, bytes);
    return 0;
}
