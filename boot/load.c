/* SPDX-License-Identifier: MIT */
/*
 * Programs and modules. A program's segments get pages of their own, so that each page can have
 * just the rights that its segment asks for: nothing is writable and executable.
 */
#include "boot.h"

/* Where a program may be linked. */
struct window {
    const char *path;
    uint64_t low, high; /* first and last address */
};

_Static_assert(BOOT_MAX_MODULES <= START_MAX_FILES, "each has a place");

#define ROOT_STACK_BYTES 0x10000ul
#define ROOT_HEAP_SHARE  16 /* of all RAM: one part in so many, as for the kernel pool */
#define ROOT_HEAP_MOST   (16ul << 20)

static const struct window kernel_window = { "\\bulkhead\\kernel.elf", KERNEL_VA,
                                             KERNEL_VA + (1ul << 30) - 1 };
static const struct window root_window = { "\\bulkhead\\root.elf", PAGE, 0x7ffffffff000ul - 1 };

static void fail_elf(const char *path, const struct elf_image *elf, enum elf_error error)
{
    if (error == ELF_SEGMENT_RANGE)
        fail(EFI_LOAD_ERROR,
             "%s: truncated: program header %u wants bytes 0x%lx-0x%lx, "
             "file has 0x%lx",
             path, elf->bad_header, elf->bad_from, elf->bad_to, elf->size);
    if (error == ELF_TABLE_RANGE)
        fail(EFI_LOAD_ERROR,
             "%s: truncated: the program headers are bytes 0x%lx-0x%lx, "
             "file has 0x%lx",
             path, elf->bad_from, elf->bad_to, elf->size);
    if (error == ELF_SEGMENT_SIZES || error == ELF_SEGMENT_WRAP)
        fail(EFI_LOAD_ERROR, "%s: program header %u: %s", path, elf->bad_header, elf_reason(error));
    fail(EFI_LOAD_ERROR, "%s: %s", path, elf_reason(error));
}

/* One segment of the file as pages; `last` is the one before it, or NULL. */
static struct boot_segment judge(const struct window *w, const struct elf_segment *s,
                                 uint32_t header, const struct boot_segment *last)
{
    uint64_t end = s->va + s->mem_bytes - 1;
    struct boot_segment out = { .va = s->va & ~(PAGE - 1), .flags = s->flags & 7 };

    if (s->va < w->low || end > w->high)
        fail(EFI_LOAD_ERROR,
             "%s: program header %u: addresses 0x%lx-0x%lx lie outside of "
             "0x%lx-0x%lx",
             w->path, header, s->va, end, w->low, w->high);
    if ((s->flags & ELF_FLAG_WRITE) && (s->flags & ELF_FLAG_EXEC))
        fail(EFI_SECURITY_VIOLATION, "%s: program header %u: writable and executable", w->path,
             header);
    if (last != NULL && out.va < last->va + last->pages * PAGE)
        fail(EFI_LOAD_ERROR,
             "%s: program header %u: shares a page with the one before it "
             "or is not in order",
             w->path, header);
    out.pages = PAGES(end + 1 - out.va);
    return out;
}

static void judge_entry(const struct window *w, const struct program *p)
{
    for (uint32_t i = 0; i < p->count; i++) {
        const struct boot_segment *s = &p->segment[i];

        if ((s->flags & SEG_EXEC) && p->entry >= s->va && p->entry - s->va < s->pages * PAGE)
            return;
    }
    fail(EFI_LOAD_ERROR, "%s: its entry 0x%lx lies in no executable segment", w->path, p->entry);
}

/* Everything that can be wrong is found here, before any page is taken. */
static void plan(const struct window *w, const struct file *f, struct elf_image *elf,
                 struct program *p)
{
    enum elf_error error = elf_open(elf, f->bytes, f->size);
    struct elf_segment s;
    uint32_t index = 0;

    if (error != ELF_OK)
        fail_elf(w->path, elf, error);
    if (!elf->is64 || elf->machine != ELF_MACHINE_X86_64 || elf->type != ELF_TYPE_EXEC)
        fail(EFI_LOAD_ERROR,
             "%s: not a static 64-bit x86 program (class %u, machine %u, "
             "type %u)",
             w->path, elf->is64 ? 64u : 32u, (unsigned)elf->machine, (unsigned)elf->type);

    *p = (struct program){ .entry = elf->entry };
    while (elf_next_load(elf, &index, &s)) {
        if (p->count == BOOT_MAX_SEGMENTS)
            fail(EFI_LOAD_ERROR, "%s: more than %u segments", w->path, BOOT_MAX_SEGMENTS);
        p->segment[p->count] =
            judge(w, &s, index - 1, p->count == 0 ? NULL : &p->segment[p->count - 1]);
        p->count++;
    }
    judge_entry(w, p);
}

static void fill(const struct elf_image *elf, const struct program *p)
{
    struct elf_segment s;
    uint32_t index = 0;

    for (uint32_t i = 0; elf_next_load(elf, &index, &s); i++) {
        uint8_t *base = (uint8_t *)p->segment[i].base;

        if (base == NULL)
            continue; /* no memory is taken there */
        memset(base, 0, p->segment[i].pages * PAGE);
        memcpy(base + (s.va & (PAGE - 1)), elf->bytes + s.offset, s.file_bytes);
    }
}

static uint64_t kib(uint64_t bytes)
{
    return (bytes + 1023) / 1024;
}

/* The kernel's image is one piece of memory, holes between segments included. */
void load_kernel(struct boot_info *info, struct program *kernel)
{
    struct file f = file_read(kernel_window.path, EfiLoaderData);
    struct elf_image elf;

    plan(&kernel_window, &f, &elf, kernel);

    const struct boot_segment *first = &kernel->segment[0];
    const struct boot_segment *last = &kernel->segment[kernel->count - 1];
    info->kernel_bytes = last->va + last->pages * PAGE - first->va;
    info->kernel_base =
        (uint64_t)memory_take(PAGES(info->kernel_bytes), MEMORY_KEPT, kernel_window.path);
    for (uint32_t i = 0; i < kernel->count; i++)
        kernel->segment[i].base = info->kernel_base + kernel->segment[i].va - first->va;
    fill(&elf, kernel);
    say("loaded kernel.elf (%lu KiB)", kib(f.size));
    file_free(&f);
}

static void root_segment(struct boot_info *info, uint64_t va, void *base, uint64_t bytes,
                         uint32_t flags, uint32_t handle)
{
    info->root_segment[info->root_segment_count++] =
        (struct boot_segment){ va, (uint64_t)base, PAGES(bytes), flags, handle };
}

/* Memory that is in no file: zeroed, to be read and written. */
static void root_memory(struct boot_info *info, uint64_t va, uint64_t bytes)
{
    void *base = memory_take(PAGES(bytes), MEMORY_KEPT, root_window.path);

    memset(base, 0, bytes);
    root_segment(info, va, base, bytes, SEG_READ | SEG_WRITE, 0);
}

void load_root(struct boot_info *info)
{
    struct file f = file_read(root_window.path, EfiLoaderData);
    struct elf_image elf;
    struct program root;

    plan(&root_window, &f, &elf, &root);
    for (uint32_t i = 0; i < root.count; i++)
        root.segment[i].base =
            (uint64_t)memory_take(root.segment[i].pages, MEMORY_KEPT, root_window.path);
    fill(&elf, &root);
    const struct boot_segment *last = &root.segment[root.count - 1];
    uint64_t end = last->va + last->pages * PAGE;
    memcpy(info->root_segment, root.segment, sizeof(root.segment));
    info->root_segment_count = root.count;
    info->root_entry = root.entry;
    uint64_t heap = ROUND_UP(info->ram_bytes / ROOT_HEAP_SHARE, BIG_PAGE);
    struct start_info *start = memory_root_info(info);
    start->heap_va = ROUND_UP(end, BIG_PAGE);
    start->heap_bytes = heap < ROOT_HEAP_MOST ? heap : ROOT_HEAP_MOST;
    root_memory(info, start->heap_va, start->heap_bytes);
    root_memory(info, USER_STACK_TOP - ROOT_STACK_BYTES, ROOT_STACK_BYTES);
    say("loaded root.elf (%lu KiB)", kib(f.size));
    file_free(&f);
}

/* Files become segments of root, one after the other, each with a handle. */
void load_modules(struct boot_info *info)
{
    static char names[BOOT_MAX_MODULES][BOOT_NAME_LEN];
    unsigned count = file_list("\\bulkhead\\system", names, BOOT_MAX_MODULES);
    struct start_info *root = memory_root_info(info);
    uint64_t va = FILES_VA;

    for (unsigned i = 0; i < count; i++) {
        struct start_file *to = &root->file[i];
        char path[32 + BOOT_NAME_LEN] = "\\bulkhead\\system\\";

        text_append(path, sizeof(path), names[i]);
        struct file f = file_read(path, MEMORY_KEPT);
        *to = (struct start_file){ .va = va, .bytes = f.size };
        text_append(to->name, BOOT_NAME_LEN, names[i]);
        if (f.size > 0)
            root_segment(info, va, f.bytes, f.size, SEG_READ, H_MODULE0 + i);
        va += (PAGES(f.size) + 1) * PAGE;
        say("loaded system\\%s (%lu KiB)", names[i], kib(f.size));
    }
    root->file_count = count;
}
