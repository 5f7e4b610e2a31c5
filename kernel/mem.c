// SPDX-License-Identifier: MIT
// Memory objects: RAM that one partition owns, mapped into page tables and EPTs through handles.
#include <lib/string.h>
#include "memory.h"

#define STEP_LEAVES 512u         // mappings made in one step
#define STEP_UNMAP  128u         // mappings and holes gone over in one
#define STEP_RUNS   8u           // runs of frames taken in one step
#define CLEAN_STEP  64u          // pages cleared in one step

static struct extent *extent_at(const struct mem *mem, uint32_t index)
{
    struct extent_page *page = mem->more;

    if (index < MEM_INLINE)
        return (struct extent *)&mem->inlined[index];
    index -= MEM_INLINE;
    for (; index >= EXTENTS_PER_PAGE; index -= EXTENTS_PER_PAGE)
        page = page->next;
    return &page->extent[index];
}

static enum status extent_add(struct mem *mem, uint64_t frame, uint64_t pages)
{
    if (mem->extents > 0) {
        struct extent *last = extent_at(mem, mem->extents - 1);
        if (last->frame + last->pages == frame) {
            last->pages += (uint32_t)pages;
            return OK;
        }
    }
    if (mem->extents >= MEM_INLINE && (mem->extents - MEM_INLINE) % EXTENTS_PER_PAGE == 0) {
        struct extent_page **link = &mem->more;
        while (*link)
            link = &(*link)->next;
        *link = sys_page_alloc(&mem->owner->account);
        if (!*link)
            return ERR_NO_KMEM;
    }
    *extent_at(mem, mem->extents++) = (struct extent){ (uint32_t)frame, (uint32_t)pages };
    return OK;
}

static struct mem *mem_new(struct part *owner)
{
    struct mem *mem = kmem_small_alloc(&owner->account);

    if (!mem)
        return NULL;
    mem->object.type = OBJECT_MEM;
    mem->owner = owner;
    mem->next = owner->mems;
    mem->link = &owner->mems;
    if (mem->next)
        mem->next->link = &mem->next;
    owner->mems = mem;
    return mem;
}

static void mem_free(struct mem *mem)
{
    struct account *account = &mem->owner->account;

    for (uint32_t i = 0; i < mem->extents; i++)
        frame_free(extent_at(mem, i)->frame, extent_at(mem, i)->pages);
    for (struct extent_page *page = mem->more, *next; page; page = next) {
        next = page->next;
        sys_page_free(account, page);
    }
    mem->owner->mem_used -= mem->pages;
    *mem->link = mem->next;
    if (mem->next)
        mem->next->link = mem->link;
    kmem_small_free(account, mem);
}

enum status mem_create(struct part *owner, uint64_t pages, struct mem **out)
{
    if (pages > owner->mem_quota - owner->mem_used)
        return ERR_NO_MEM;
    *out = mem_new(owner);
    if (!*out)
        return ERR_NO_KMEM;
    owner->mem_used += pages;
    (*out)->pages = pages;
    return OK;
}

static enum status grow(struct mem *mem)
{
    uint64_t left = mem->pages - mem->filled, frame, got;

    if (!frame_alloc(left, &frame, &got))
        return frame_clean(left >= 1u << 9, CLEAN_STEP) ? ERR_BUSY : ERR_NO_MEM;
    enum status status = extent_add(mem, frame, got);
    if (status != OK) {
        frame_free(frame, got);
        return status;
    }
    frame_set_mem(frame, got, mem);
    mem->filled += (uint32_t)got;
    return OK;
}

enum status mem_fill_step(struct mem *mem, bool *done)
{
    enum status status = OK;

    for (unsigned i = 0; i < STEP_RUNS && mem->filled < mem->pages && status == OK; i++)
        status = grow(mem);
    *done = mem->filled == mem->pages;
    return status == ERR_BUSY ? OK : status;
}

struct mem *mem_adopt(struct part *owner, uint64_t base, uint64_t pages)
{
    struct mem *mem = mem_new(owner);

    if (!mem || extent_add(mem, base / PAGE_BYTES, pages) != OK)
        return NULL;
    frame_set_mem(base / PAGE_BYTES, pages, mem);
    mem->pages = mem->filled = (uint32_t)pages;
    owner->mem_used += pages;
    owner->mem_quota += pages;
    return mem;
}

uint64_t mem_at(const struct mem *mem, uint64_t index, uint64_t *run)
{
    for (uint32_t i = 0; i < mem->extents; i++) {
        struct extent e = *extent_at(mem, i);
        if (index < e.pages) {
            *run = e.pages - index;
            return (e.frame + index) * PAGE_BYTES;
        }
        index -= e.pages;
    }
    *run = 0;
    return 0;
}

void mem_release_if_unused(struct mem *mem)
{
    if (mem->maps == 0 && mem->object.handle_count == 0)
        mem_free(mem);
}

void mem_unmapped(hpa_t page)
{
    struct mem *mem = frame_mem(page.v / PAGE_BYTES);

    if (!mem)
        return; // pages of the kernel pool that are shared with the program (vcpu_page)
    mem->maps--;
    mem_release_if_unused(mem);
}

// The largest page that fits the alignment of both sides and what is left.
static unsigned best_order(uint64_t at, uint64_t pa, uint64_t bytes, uint64_t run, unsigned max)
{
    for (unsigned order = max; order > 0; order -= 9) {
        uint64_t size = PAGE_BYTES << order;
        if (!((at | pa) & (size - 1)) && bytes >= size && run >= 1ull << order)
            return order;
    }
    return 0;
}

static void range_advance(struct mem_range *r, uint64_t bytes)
{
    r->offset += bytes;
    r->at += bytes;
    r->bytes -= bytes;
}

enum status mem_map(struct part *part, bool guest, struct mem *mem, struct mem_range *r, uint32_t prot)
{
    struct tables *tables = guest ? &part->vm.ept.tables : &part->tables;
    uint64_t left = STEP_LEAVES, flags = guest ? ept_flags(prot) : ptab_flags(prot), run, count;
    enum status status = OK;

    while (status == OK && left > 0 && r->bytes > 0) {
        uint64_t pa = mem_at(mem, r->offset / PAGE_BYTES, &run);
        unsigned order = best_order(r->at, pa, r->bytes, run, guest ? ept_max_order() : 9);
        run = r->bytes / PAGE_BYTES < run ? r->bytes / PAGE_BYTES : run;
        for (;; order -= 9) {
            count = run >> order < left ? run >> order : left;
            status = tables_map(tables, r->at, pa | flags, order, &count);
            if (status != ERR_EXISTS || order == 0) // else there may be an empty table of smaller ones
                break;
        }
        count = status == OK ? count : 0;
        left -= count;
        mem->maps += count;
        memory_changes++;
        range_advance(r, count * (PAGE_BYTES << order));
    }
    return status;
}

enum status mem_unmap(struct part *part, bool guest, struct mem_range *r)
{
    struct tables *tables = guest ? &part->vm.ept.tables : &part->tables;
    hpa_t gone[STEP_UNMAP];
    unsigned count = 0;
    enum status status = OK;

    for (unsigned i = 0; i < STEP_UNMAP && count < STEP_UNMAP && r->bytes > 0 && status == OK; i++) {
        uint64_t bytes = r->bytes;
        unsigned more = STEP_UNMAP - count;
        status = tables_unmap(tables, r->at, &bytes, &gone[count], &more);
        count += more;
        range_advance(r, status == OK ? bytes : 0);
    }
    part->vm.ept.generation += guest;
    memory_changes++;
    space_flush(part); // before a frame can be given to anyone else
    for (unsigned i = 0; i < count; i++)
        mem_unmapped(gone[i]);
    return status;
}
