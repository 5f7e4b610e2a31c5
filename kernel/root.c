// SPDX-License-Identifier: MIT
// The first partition: gets everything that is not the kernel's, and starts.
#include <lib/string.h>
#include <sys/log.h>
#include "init.h"
#include "log.h"
#include "memory.h"
#include "part.h"
#include "sched.h"

static struct part root;

static void must(int64_t status, const char *what)
{
    if (status < 0)
        sys_panic("cannot start root: %s: error %ld", what, status);
}

static void map(struct mem *mem, uint64_t va, uint64_t bytes, uint32_t prot)
{
    struct mem_range r = { 0, va, bytes };

    while (r.bytes > 0)
        must(mem_map(&root, false, mem, &r, prot), "mapping");
}

static void map_image(const struct boot_info *boot)
{
    for (unsigned i = 0; i < boot->root_segment_count; i++) {
        const struct boot_segment *s = &boot->root_segment[i];
        uint32_t prot = MAP_READ | (s->flags & SEG_WRITE ? MAP_WRITE : 0) | (s->flags & SEG_EXEC ? MAP_EXEC : 0);
        struct mem *mem = mem_adopt(&root, s->base, s->pages);
        must(mem ? OK : ERR_NO_KMEM, "image");
        map(mem, s->va, s->pages * PAGE_BYTES, prot);
    }
}

// Modules become memory objects with a handle each, mapped one after the other at FILES_VA.
static void map_modules(const struct boot_info *boot, struct start_info *info)
{
    uint64_t va = FILES_VA;

    for (unsigned i = 0; i < boot->module_count && i < START_MAX_FILES; i++) {
        const struct boot_module *m = &boot->module[i];
        uint64_t pages = (m->bytes + PAGE_BYTES - 1) / PAGE_BYTES;
        struct start_file *f = &info->file[info->file_count++];
        string_copy(f->name, sizeof(f->name), m->name);
        f->bytes = m->bytes;
        f->va = va;
        if (pages == 0)
            continue;
        struct mem *mem = mem_adopt(&root, m->base, pages);
        must(mem ? OK : ERR_NO_KMEM, "modules");
        must(handle_add(&root, H_MODULE0 + i, &mem->object, RIGHT_READ | RIGHT_GIVE, 0), "module handle");
        map(mem, va, pages * PAGE_BYTES, MAP_READ);
        va += (pages + 1) * PAGE_BYTES;
    }
}

static void fill_info(const struct boot_info *boot, struct start_info *info)
{
    info->magic = START_MAGIC;
    info->bytes = sizeof(*info);
    info->flags = boot->vmx_missing[0] ? 0 : START_VMX;
    string_copy(info->name, sizeof(info->name), root.name);
    info->tsc_hz = tsc_hz;
    info->wall_ns = boot->wall_ns;
    info->wall_tsc = boot->wall_tsc;
    info->cpu_count = cpu_count;
    string_copy(info->vmx_missing, sizeof(info->vmx_missing), boot->vmx_missing);
    string_copy(info->args, sizeof(info->args), boot->cmdline);
}

static struct start_info *start_pages(void)
{
    struct start_info *info = sys_page_alloc(&root.account);
    char *more = sys_page_alloc(&root.account);

    if (!info || more != (char *)info + PAGE_BYTES) // nothing was freed yet: the pool is in order
        sys_panic("cannot start root: start page");
    for (uint64_t at = 0; at < 2 * PAGE_BYTES; at += PAGE_BYTES)
        must(ptab_map(&root, START_INFO_VA + at, kmem_hpa((char *)info + at).v, 0, MAP_READ), "start page");
    return info;
}

static void map_screen(const struct boot_framebuffer *fb, struct start_info *info)
{
    uint64_t flags = PTE_P | PTE_W | PTE_U | PTE_NX | PTE_PWT, bytes = fb->pixels_per_line * 4ull * fb->height;

    if (fb->base == 0 || fb->base % PAGE_BYTES)
        return;
    for (uint64_t at = 0; at < bytes; at += PAGE_BYTES)
        must(tables_map(&root.tables, FRAMEBUFFER_VA + at, (fb->base + at) | flags, 0), "screen");
    info->fb_width = fb->width;
    info->fb_height = fb->height;
    info->fb_line_bytes = fb->pixels_per_line * 4;
}

static void give_handles(void)
{
    must(handle_add(&root, H_SELF_PART, &root.object, RIGHT_ALL & ~RIGHT_GIVE, 0), "handles");
    must(handle_add(&root, H_COM1, &ports_object, RIGHT_READ | RIGHT_WRITE | RIGHT_GIVE, 0x3f8 | 8 << 16), "handles");
    must(handle_add(&root, H_POWER, &power_object, RIGHT_GIVE, 0), "handles");
}

noreturn void root_start(const struct boot_info *boot)
{
    struct regs regs = { .rip = boot->root_entry, .rsp = USER_STACK_TOP };
    struct thread *t;

    root.object.type = OBJECT_PART;
    root.state = PART_RUNNING;
    root.flags = RIGHT_ALL;
    string_copy(root.name, sizeof(root.name), "root");
    root.account.quota = kmem_free_pages(); // from now on nothing is allocated for the kernel itself
    kmem_root.quota = kmem_root.used;
    root.mem_quota = frame_free_pages();
    must(ptab_create(&root), "page tables");
    struct start_info *info = start_pages();
    give_handles();
    map_image(boot);
    map_modules(boot, info);
    map_screen(&boot->framebuffer, info);
    fill_info(boot, info);
    info->heap_va = boot->root_heap_va;
    info->heap_bytes = boot->root_heap_bytes;
    info->free_pages = root.mem_quota - root.mem_used;
    info->kmem_pages = root.account.quota - root.account.used;
    must(thread_create(&root, &regs, PLACEMENT(0, PRIORITIES - 1, 0, 0), &t), "thread");
    sched_unpark(t);
    sched_resume();
}
