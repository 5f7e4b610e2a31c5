/* SPDX-License-Identifier: MIT */
/* Any bytes as an instruction on device memory, in any mode and register state, run by the emulator. */
// sources: vmm/insn.c vmm/insn_alu.c vmm/emu.c vmm/emu_mem.c vmm/emu_string.c vmm/walk.c vmm/mem.c
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <vmm/emu.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t mmio_read(void *ctx, uint64_t gpa, unsigned size)
{
    (void)ctx;
    if (size == 0 || size > 8 || (size & (size - 1)) != 0)
        abort();
    return gpa * 0x0101010101010101ull;
}

static void mmio_write(void *ctx, uint64_t gpa, unsigned size, uint64_t value)
{
    (void)ctx;
    (void)gpa;
    if (size == 0 || size > 8 || (size & (size - 1)) != 0 || (size < 8 && value >> (8 * size) != 0))
        abort();
}

static uint64_t io_read(void *ctx, uint16_t port, unsigned size)
{
    (void)ctx;
    (void)size;
    return port;
}

static void io_write(void *ctx, uint16_t port, unsigned size, uint64_t value)
{
    (void)ctx;
    (void)port;
    (void)size;
    (void)value;
}

static const struct emu_bus bus = { mmio_read, mmio_write, io_read, io_write, NULL };

/* The first bytes choose the mode, then follow registers, then memory with code and tables. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t ram[0x4000];
    struct vcpu_page page = { 0 };
    struct vcpu_exit exit = { .insn_len = 1 };
    struct mem mem;
    struct emu emu = { .page = &page, .mem = &mem, .phys_bits = 40, .bus = &bus };
    size_t registers = sizeof(page.gpr) + sizeof(page.context);

    if (size < registers + 4)
        return 0;
    exit.flags = data[0];
    exit.size = (uint8_t)(1u << data[1] % 3);
    exit.addr_size = (uint8_t)(data[2] % 4 == 0 ? 0 : 1u << data[2] % 4);
    exit.seg = data[2] >> 4 & 3;
    memcpy(page.gpr, data + 4, sizeof(page.gpr));
    memcpy(&page.context, data + 4 + sizeof(page.gpr), sizeof(page.context));
    if (data[3] & 1)
        page.context.cr0 = 1; /* unpaged: more of the code is reached */
    if (data[3] & 2)
        page.context.rip &= 0x3fff;
    data += registers + 4;
    size -= registers + 4;
    memset(ram, 0, sizeof(ram));
    for (size_t at = 0; size != 0 && at < sizeof(ram); at += size)
        memcpy(ram + at, data, size < sizeof(ram) - at ? size : sizeof(ram) - at);
    mem_init(&mem, ram, sizeof(ram));
    if (emu_instruction(&emu) == EMU_DONE && (emu.length == 0 || emu.length > INSN_MAX))
        abort();
    (void)emu_string_io(&emu, &exit);
    return 0;
}
