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

// Image, stack, heap and files, all as the loader laid them out; files can be passed on.
static void map_segment(const struct boot_segment *s)
{
    uint32_t prot = MAP_READ | (s->flags & SEG_WRITE ? MAP_WRITE : 0) | (s->flags & SEG_EXEC ? MAP_EXEC : 0);
    struct mem_range r = { 0, s->va, s->pages * PAGE_BYTES };
    struct mem *mem = mem_adopt(&root, s->base, s->pages);

    must(mem ? OK : ERR_NO_KMEM, "segments");
    if (s->handle)
        must(handle_add(&root, s->handle, &mem->object, RIGHT_READ | RIGHT_GIVE, 0), "handles of files");
    while (r.bytes > 0)
        must(mem_map(&root, false, mem, &r, prot), "mapping");
}

static void map_screen(const struct boot_framebuffer *fb, const struct start_info *info)
{
    uint64_t flags = PTE_P | PTE_W | PTE_U | PTE_NX | PTE_PWT, bytes = (uint64_t)info->fb_line_bytes * info->fb_height;

    for (uint64_t at = 0; at < bytes; at += PAGE_BYTES)
        must(tables_map(&root.tables, FRAMEBUFFER_VA + at, (fb->base + at) | flags, 0, &(uint64_t){ 1 }), "screen");
}

static void finish_info(struct start_info *info)
{
    uint64_t pages = (sizeof(*info) + PAGE_BYTES - 1) / PAGE_BYTES;

    must(tables_map(&root.tables, START_INFO_VA, kmem_hpa(info).v | ptab_flags(MAP_READ), 0, &pages), "start page");
    info->tsc_hz = tsc_hz;
    info->cpu_count = cpu_count;
    info->free_pages = root.mem_quota - root.mem_used;
    info->kmem_pages = root.account.quota - root.account.used;
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
    struct start_info *info = (void *)boot->root_info_va;
    struct thread *t;

    root.object.type = OBJECT_PART;
    root.state = PART_RUNNING;
    root.flags = RIGHT_ALL;
    string_copy(root.name, sizeof(root.name), "root");
    root.account.quota = kmem_free_pages(); // from now on nothing is allocated for the kernel itself
    kmem_root.quota = kmem_root.used;
    root.mem_quota = frame_free_pages();
    must(ptab_create(&root), "page tables");
    give_handles();
    for (unsigned i = 0; i < boot->root_segment_count; i++)
        map_segment(&boot->root_segment[i]);
    map_screen(&boot->framebuffer, info);
    finish_info(info);
    must(thread_create(&root, &regs, PLACEMENT(0, PRIORITIES - 1, 0, 0, 0), &t), "thread");
    sched_unpark(t);
    kernel_lock_drop(); // taken before the other CPUs were started
    sched_resume();
}
