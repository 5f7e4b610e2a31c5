/* SPDX-License-Identifier: MIT */
/*
 * Memory. What the system keeps is allocated with a memory type of our own (UEFI 2.10, 7.2:
 * types from 0x80000000 on belong to OS loaders), so the last map says by itself what is free.
 */
#include "boot.h"
#include "ranges.h"

#define POOL_LEAST  (8ul << 20)
#define POOL_MOST   (1ul << 30)
#define POOL_SHARE  16 /* of all RAM: one part in so many */
#define FOUR_GIB    (4ul << 30)
#define SPARE_SLOTS 32 /* the map may grow between asking for its size and asking for it */

struct memmap {
    uint8_t *bytes;
    UINTN room, used, key, stride;
    struct boot_range *range; /* as many slots as descriptors, to sort and join them */
};

void *memory_take(uint64_t pages, EFI_MEMORY_TYPE type, const char *what)
{
    EFI_PHYSICAL_ADDRESS base = 0;
    EFI_STATUS status = SERVICES->AllocatePages(AllocateAnyPages, type, pages, &base);

    if (EFI_ERROR(status))
        fail(status, "%s: no memory for %lu KiB: %s", what, pages * PAGE / 1024,
             say_status(status));
    return (void *)base;
}

void memory_free(void *base, uint64_t pages)
{
    SERVICES->FreePages((EFI_PHYSICAL_ADDRESS)base, pages);
}

static EFI_STATUS map_read(struct memmap *m)
{
    UINT32 version;

    m->used = m->room;
    return SERVICES->GetMemoryMap(&m->used, (EFI_MEMORY_DESCRIPTOR *)m->bytes, &m->key, &m->stride,
                                  &version);
}

static void map_take(struct memmap *m)
{
    *m = (struct memmap){ 0 };
    map_read(m); /* too small: says how much it wants */
    m->room = m->used + SPARE_SLOTS * m->stride;

    /* each descriptor can give two ranges, one on each side of the handoff page */
    uint64_t slots = m->room / m->stride + 1;
    m->bytes = memory_take(PAGES(m->room), EfiLoaderData, "memory map");
    m->range =
        memory_take(PAGES(slots * 2 * sizeof(struct boot_range)), EfiLoaderData, "memory map");
    EFI_STATUS status = map_read(m);
    if (EFI_ERROR(status))
        fail(status, "firmware does not tell its memory map: %s", say_status(status));
}

static void map_free(struct memmap *m)
{
    uint64_t slots = m->room / m->stride + 1;

    memory_free(m->range, PAGES(slots * 2 * sizeof(struct boot_range)));
    memory_free(m->bytes, PAGES(m->room));
}

static const EFI_MEMORY_DESCRIPTOR *map_entry(const struct memmap *m, UINTN index)
{
    if ((index + 1) * m->stride > m->used)
        return NULL;
    return (const EFI_MEMORY_DESCRIPTOR *)(m->bytes + index * m->stride);
}

/* Free once boot services have ended. */
static BOOLEAN is_free(const EFI_MEMORY_DESCRIPTOR *d)
{
    return d->Type == EfiConventionalMemory || d->Type == EfiBootServicesCode ||
           d->Type == EfiBootServicesData || d->Type == EfiLoaderCode || d->Type == EfiLoaderData;
}

static void count_ram(const struct memmap *m, struct boot_info *info)
{
    const EFI_MEMORY_DESCRIPTOR *d;

    info->ram_bytes = info->ram_end = 0;
    for (UINTN i = 0; (d = map_entry(m, i)) != NULL; i++) {
        uint64_t end = d->PhysicalStart + d->NumberOfPages * PAGE;

        if (!is_free(d) && d->Type != (UINT32)MEMORY_KEPT)
            continue;
        info->ram_bytes += d->NumberOfPages * PAGE;
        if (end > info->ram_end)
            info->ram_end = end;
    }
}

static uint64_t pool_size(uint64_t ram, const char *cmdline)
{
    const char *wish = text_option(cmdline, "kernel_memory");
    uint64_t bytes = ram / POOL_SHARE;

    if (wish != NULL) {
        bytes = text_size(wish);
        if (bytes < POOL_LEAST || bytes > POOL_MOST)
            fail(EFI_INVALID_PARAMETER, "command line: kernel_memory=%s: expected %luM to %luM",
                 wish, POOL_LEAST >> 20, POOL_MOST >> 20);
    }
    bytes = ROUND_UP(bytes, BIG_PAGE);
    return bytes < POOL_LEAST ? POOL_LEAST : bytes > POOL_MOST ? POOL_MOST : bytes;
}

/* Below 4 GiB first: there lies the smaller block of RAM; the large one stays whole for guests. */
static uint64_t pool_place(const struct memmap *m, uint64_t bytes, uint64_t limit)
{
    const EFI_MEMORY_DESCRIPTOR *d;
    uint64_t best = 0;

    for (UINTN i = 0; (d = map_entry(m, i)) != NULL; i++) {
        if (d->Type != EfiConventionalMemory)
            continue;
        struct boot_range r = { d->PhysicalStart, d->NumberOfPages * PAGE };
        uint64_t place = ranges_place(r, bytes, BIG_PAGE, limit);
        if (place > best)
            best = place;
    }
    return best;
}

struct boot_info *memory_pool(const char *cmdline)
{
    struct boot_info start = { .magic = BOOT_INFO_MAGIC, .version = BOOT_INFO_VERSION };
    struct memmap m;

    map_take(&m);
    count_ram(&m, &start);
    start.bytes = sizeof(start);
    start.serial_port = say_serial_port();
    start.kpool_bytes = pool_size(start.ram_bytes, cmdline);
    start.kpool_base = pool_place(&m, start.kpool_bytes, FOUR_GIB);
    if (start.kpool_base == 0)
        start.kpool_base = pool_place(&m, start.kpool_bytes, UINT64_MAX);
    map_free(&m);

    EFI_PHYSICAL_ADDRESS base = start.kpool_base;
    EFI_STATUS status = base == 0 ? EFI_OUT_OF_RESOURCES
                                  : SERVICES->AllocatePages(AllocateAddress, MEMORY_KEPT,
                                                            PAGES(start.kpool_bytes), &base);
    if (EFI_ERROR(status))
        fail(status, "no %lu MiB of contiguous memory for the kernel pool",
             start.kpool_bytes >> 20);

    struct boot_info *info = memory_pool_take(&start, sizeof(*info));
    *info = start;
    info->root_info_va = memory_pool_va(info, memory_pool_take(info, sizeof(struct start_info)));
    struct start_info *root = memory_root_info(info);
    *root = (struct start_info){ .magic = START_MAGIC, .bytes = sizeof(*root), .name = "root" };
    text_append(root->args, sizeof(root->args), cmdline);
    say("memory: %lu MiB, of these %lu MiB at 0x%lx for the kernel", info->ram_bytes >> 20,
        info->kpool_bytes >> 20, info->kpool_base);
    return info;
}

void *memory_pool_take(struct boot_info *info, uint64_t bytes)
{
    uint8_t *taken = (uint8_t *)info->kpool_base + info->kpool_used;

    bytes = ROUND_UP(bytes, PAGE);
    if (bytes > info->kpool_bytes - info->kpool_used)
        fail(EFI_OUT_OF_RESOURCES, "the kernel pool is too small");
    info->kpool_used += bytes;
    memset(taken, 0, bytes);
    return taken;
}

struct start_info *memory_root_info(const struct boot_info *info)
{
    return (struct start_info *)(info->kpool_base + (info->root_info_va - KPOOL_VA));
}

uint64_t memory_pool_va(const struct boot_info *info, const void *taken)
{
    return KPOOL_VA + ((uint64_t)taken - info->kpool_base);
}

/* The start-up code of the other CPUs begins in real mode, so it needs a page there. */
void memory_low_page(struct boot_info *info)
{
    EFI_PHYSICAL_ADDRESS base = 0x9ffff;

    if (EFI_ERROR(SERVICES->AllocatePages(AllocateMaxAddress, MEMORY_KEPT, 1, &base)) ||
        base == 0) {
        say("no free page below 1 MiB: only this CPU can be used");
        return;
    }
    info->smp_page = base;
}

static uint32_t add_free(struct memmap *m, uint32_t n, uint64_t from, uint64_t to)
{
    if (from < LOW_LIMIT)
        from = LOW_LIMIT;
    if (from < to)
        m->range[n++] = (struct boot_range){ from, to - from };
    return n;
}

static void export_map(struct memmap *m, struct boot_info *info)
{
    const EFI_MEMORY_DESCRIPTOR *d;
    uint64_t hole = info->handoff_page;
    uint32_t n = 0;

    for (UINTN i = 0; (d = map_entry(m, i)) != NULL; i++) {
        uint64_t from = d->PhysicalStart, to = from + d->NumberOfPages * PAGE;

        if (!is_free(d))
            continue;
        if (from <= hole && hole < to) {
            n = add_free(m, n, from, hole);
            from = hole + PAGE;
        }
        n = add_free(m, n, from, to);
    }
    n = ranges_tidy(m->range, n);
    n = ranges_keep_largest(m->range, n, BOOT_MAX_RANGES);
    memcpy(info->ram, m->range, n * sizeof(struct boot_range));
    info->ram_count = n;
}

/*
 * Firmware refuses to leave when its map changed since it was read, and it may change it on the
 * first attempt (UEFI 2.10, 7.4.6): then the map is read again. Nothing may be said in between.
 */
void memory_leave(struct boot_info *info)
{
    struct memmap m;
    EFI_STATUS status = EFI_INVALID_PARAMETER;

    map_take(&m);
    say("leaving the firmware");
    for (unsigned attempt = 0; attempt < 4 && EFI_ERROR(status); attempt++)
        if (!EFI_ERROR(map_read(&m)))
            status = SERVICES->ExitBootServices(boot_image, m.key);
    if (EFI_ERROR(status))
        fail(status, "firmware does not let go: %s", say_status(status));

    __asm__ volatile("cli");
    count_ram(&m, info);
    export_map(&m, info);
}
