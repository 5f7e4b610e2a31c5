// SPDX-License-Identifier: MIT
// frames_read: the books on memory as they are, in pieces; what is right is for ring 3 to say.
#include <abi/frames.h>
#include "memory.h"
#include "syscall.h"

#define STEPS 512u // entries of a table, or frames, that one call looks at

static uint32_t object_number(const struct mem *mem)
{
    return mem ? (uint32_t)(((uint64_t)mem - KPOOL_VA) / SLAB_BYTES) : 0; // never 0: there is the slab's header
}

static uint32_t owner_number(uint64_t frame)
{
    return frame_is_free(frame) ? FRAMES_FREE : object_number(frame_mem(frame));
}

static bool table_run(uint64_t *frame, struct frame_run *run)
{
    if (*frame >= frame_total()) {
        *frame = FRAMES_END;
        return false;
    }
    *run = (struct frame_run){ .frame = (uint32_t)*frame, .object = owner_number(*frame) };
    do {
        ++*frame;
        run->pages++;
    } while (run->pages < STEPS && *frame < frame_total() && run->object == owner_number(*frame));
    return true;
}

// The cursor: which object of the list, and the page in it.
static bool object_run(struct part *part, uint64_t *cursor, struct frame_run *run)
{
    uint64_t index = (uint32_t)*cursor, pages;
    struct mem *mem = part->mems;

    for (uint64_t n = *cursor >> 32; mem && n > 0; n--)
        mem = mem->next;
    if (!mem) {
        *cursor = FRAMES_END;
        return false;
    }
    uint64_t pa = mem_at(mem, index, &pages);
    *run = (struct frame_run){ .frame = (uint32_t)(pa / PAGE_BYTES), .pages = (uint32_t)pages,
                               .object = object_number(mem), .maps = (uint32_t)mem->maps };
    index += pages;
    *cursor = pages && index < mem->filled ? (*cursor & ~0xffffffffull) | index : ((*cursor >> 32) + 1) << 32;
    return true;
}

static bool leaf_run(const struct tables *t, uint64_t *at, struct frame_run *run)
{
    for (unsigned i = 0; i < STEPS; i++) {
        unsigned order;
        if (!t->top || *at >> 39 >= t->top_entries) {
            *at = FRAMES_END;
            return false;
        }
        const uint64_t *leaf = tables_leaf(t, *at, &order);
        uint64_t here = *at;
        *at = (here | ((PAGE_BYTES << order) - 1)) + 1;
        if (!leaf)
            continue;
        uint64_t frame = (*leaf & TABLES_ADDRESS) / PAGE_BYTES & ~((1ull << order) - 1);
        *run = (struct frame_run){ here, (uint32_t)frame, 1u << order, object_number(frame_mem(frame)), 0 };
        return true;
    }
    return false;
}

static bool next_run(struct part *part, uint32_t kind, uint64_t *cursor, struct frame_run *run)
{
    if (kind == FRAMES_TABLE)
        return table_run(cursor, run);
    if (kind == FRAMES_OBJECTS)
        return object_run(part, cursor, run);
    return leaf_run(kind == FRAMES_GUEST ? &part->vm.ept.tables : &part->tables, cursor, run);
}

int64_t call_frames_read(uint64_t power, uint64_t part_handle, uint64_t to)
{
    WITH_KERNEL_LOCK;
    struct frames_page page;
    enum status status;
    struct part *part = part_argument(part_handle, &status);

    if (!handle_find(current()->part, power, OBJECT_POWER))
        return ERR_HANDLE;
    if (!part)
        return status;
    if (copy_from_user(&page, pointer(to), offsetof(struct frames_page, changes)) != OK)
        return ERR_FAULT;
    if (page.kind >= FRAMES_KINDS)
        return ERR_INVALID;
    page.changes = memory_changes;
    page.frame_count = frame_total();
    page.free_frames = frame_free_pages();
    page.free_kmem = kmem_free_pages();
    page.count = 0;
    for (unsigned i = 0; i < FRAMES_RUNS && page.cursor != FRAMES_END; i++)
        page.count += next_run(part, page.kind, &page.cursor, &page.run[page.count]);
    return copy_to_user(pointer(to), &page, offsetof(struct frames_page, run) + page.count * sizeof(page.run[0]));
}
