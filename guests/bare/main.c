/* SPDX-License-Identifier: MIT */
/*
 * In place of the kernel: starts Linux on the bare machine, so that the same boot can be timed
 * with and without a hypervisor. The loader gives it vmlinuz, initrd.cpio and linux.cmdline as
 * modules; it adds entry_tsc=N, the time of the jump, which init finds in its environment.
 */
#include <abi/boot_info.h>
#include <abi/start.h>
#include <hw/x86.h>
#include <stddef.h>

void bare_main(const struct boot_info *boot) __attribute__((noreturn));
extern void bare_jump(uint64_t entry, uint64_t zero_page, uint64_t cr3) __attribute__((noreturn));

#define MIB          0x100000ull
#define SCRATCH      0x90000ull /* zero page, command line: RAM that firmware no longer uses */
#define CMDLINE      (SCRATCH + 0x1000)
#define RAM_LIMIT    (256 * MIB)
#define ENTRY_64     0x200

static struct {
    uint64_t next; /* in the kernel pool, page by page */
    uint64_t base;
} pool;

static void copy(void *to, const void *from, uint64_t bytes)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static uint64_t *new_table(void)
{
    uint64_t *table = (uint64_t *)(KPOOL_VA + pool.next);

    pool.next += 4096;
    for (unsigned i = 0; i < 512; i++)
        table[i] = 0;
    return table;
}

static uint64_t physical(const void *va)
{
    return (uint64_t)va - KPOOL_VA + pool.base;
}

/* The first 4 GiB one to one, beside what the loader mapped: Linux wants its images mapped so. */
static void map_low_memory(uint64_t pml4_hpa)
{
    uint64_t *pml4 = (uint64_t *)(pml4_hpa - pool.base + KPOOL_VA);
    uint64_t *pdpt = new_table();

    for (unsigned g = 0; g < 4; g++) {
        uint64_t *pd = new_table();
        for (unsigned i = 0; i < 512; i++)
            pd[i] = ((uint64_t)g << 30) | ((uint64_t)i << 21) | PTE_P | PTE_W | PTE_PS;
        pdpt[g] = physical(pd) | PTE_P | PTE_W;
    }
    pml4[0] = physical(pdpt) | PTE_P | PTE_W;
    x86_write_cr3(pml4_hpa);
}

struct module {
    uint64_t base, bytes;
};

/* The loader lays files out for root: the list of their names is there, where they are tells the segment. */
static struct module module(const struct boot_info *boot, const char *name)
{
    const struct start_info *info = (const struct start_info *)boot->root_info_va;

    for (unsigned i = 0; i < info->file_count; i++) {
        unsigned n = 0;
        while (name[n] && name[n] == info->file[i].name[n])
            n++;
        for (unsigned s = 0; name[n] == info->file[i].name[n] && s < boot->root_segment_count; s++)
            if (boot->root_segment[s].handle == H_MODULE0 + i)
                return (struct module){ boot->root_segment[s].base, info->file[i].bytes };
    }
    __builtin_trap();
}

static char *add_number(char *at, uint64_t value)
{
    char digits[20];
    unsigned n = 0;

    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

static void put32(uint64_t address, uint32_t value) { *(volatile uint32_t *)address = value; }
static void put8(uint64_t address, uint8_t value) { *(volatile uint8_t *)address = value; }

/* Linux, Documentation/arch/x86/boot.rst: the zero page, with the image's own setup header. */
static uint64_t fill_zero_page(const uint8_t *image, struct module initrd, uint64_t address)
{
    const struct { uint64_t base, bytes; } ram[] = { { 0, SCRATCH }, { MIB, RAM_LIMIT - MIB } };

    for (unsigned i = 0; i < 4096; i++)
        put8(SCRATCH + i, 0);
    copy((void *)(SCRATCH + 0x1f1), image + 0x1f1, 0x202 + image[0x201] - 0x1f1);
    put8(SCRATCH + 0x210, 0xff);                       /* type_of_loader: not registered */
    put32(SCRATCH + 0x214, (uint32_t)address);         /* code32_start */
    put32(SCRATCH + 0x218, (uint32_t)initrd.base);    /* ramdisk_image, ramdisk_size */
    put32(SCRATCH + 0x21c, (uint32_t)initrd.bytes);
    put32(SCRATCH + 0x228, (uint32_t)CMDLINE);
    put8(SCRATCH + 0x1e8, 2);                          /* e820_entries */
    for (unsigned i = 0; i < 2; i++) {
        copy((void *)(SCRATCH + 0x2d0 + 20 * i), &ram[i], 16);
        put32(SCRATCH + 0x2d0 + 20 * i + 16, 1);
    }
    return SCRATCH;
}

static void fill_cmdline(struct module text)
{
    const char entry[] = " entry_tsc=";
    char *at = (char *)CMDLINE;

    for (uint64_t i = 0; i < text.bytes && ((char *)text.base)[i] != '\n'; i++)
        *at++ = ((char *)text.base)[i];
    copy(at, entry, sizeof(entry) - 1);
    at = add_number(at + sizeof(entry) - 1, x86_rdtsc());
    *at = 0;
}

/* The modules lie in the way of nothing: a place for the kernel well above its preferred one, below the limit. */
void bare_main(const struct boot_info *boot)
{
    struct module kernel = module(boot, "vmlinuz");
    struct module initrd = module(boot, "initrd.cpio");
    struct module text = module(boot, "linux.cmdline");
    uint64_t address = 16 * MIB;

    pool.base = boot->kpool_base;
    pool.next = (boot->kpool_used + 4095) & ~4095ull;
    map_low_memory(boot->pml4);
    const uint8_t *image = (const uint8_t *)kernel.base;
    uint64_t setup = (image[0x1f1] ? image[0x1f1] + 1u : 5u) * 512;
    copy((void *)address, image + setup, kernel.bytes - setup);
    uint64_t zero_page = fill_zero_page(image, initrd, address);
    fill_cmdline(text);
    bare_jump(address + ENTRY_64, zero_page, boot->pml4);
}
