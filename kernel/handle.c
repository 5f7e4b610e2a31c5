// SPDX-License-Identifier: MIT
// Handles: small numbers by which a partition names objects. Each object knows all handles to it,
// so that it can go at any time and leaves no dangling name behind.
#include "memory.h"
#include "part.h"

struct object ports_object = { .type = OBJECT_PORTS };
struct object power_object = { .type = OBJECT_POWER };

#define HANDLE_LIMIT (HANDLE_FIRST + HANDLE_PAGES * HANDLES_PER_PAGE)

static struct handle *slot_at(struct part *part, uint64_t slot)
{
    if (slot < HANDLE_FIRST)
        return &part->handle[slot];
    slot -= HANDLE_FIRST;
    struct handle *page = slot < HANDLE_PAGES * HANDLES_PER_PAGE ? part->handle_page[slot / HANDLES_PER_PAGE] : NULL;
    return page ? &page[slot % HANDLES_PER_PAGE] : NULL;
}

static enum status slot_page(struct part *part, uint64_t slot)
{
    if (slot >= HANDLE_LIMIT)
        return ERR_FULL;
    if (slot < HANDLE_FIRST)
        return OK;
    struct handle **page = &part->handle_page[(slot - HANDLE_FIRST) / HANDLES_PER_PAGE];
    if (!*page)
        *page = sys_page_alloc(&part->account);
    return *page ? OK : ERR_NO_KMEM;
}

static uint64_t free_slot(struct part *part)
{
    for (uint64_t slot = H_FIRST_FREE; slot < HANDLE_LIMIT; slot++) {
        struct handle *h = slot_at(part, slot);
        if (!h || !h->object)
            return slot;
    }
    return HANDLE_LIMIT;
}

int64_t handle_add(struct part *part, uint64_t slot, struct object *object, uint32_t rights, uint64_t data)
{
    if (slot == 0)
        slot = free_slot(part);
    enum status status = slot_page(part, slot);
    if (status != OK)
        return status;
    struct handle *h = slot_at(part, slot);
    if (h->object)
        return ERR_EXISTS;
    *h = (struct handle){ .object = object, .rights = rights, .data = data };
    h->next = object->handles;
    h->link = &object->handles;
    if (h->next)
        h->next->link = &h->next;
    object->handles = h;
    object->handle_count++;
    return (int64_t)slot;
}

struct handle *handle_find(struct part *part, uint64_t slot, enum object_type type)
{
    struct handle *h = slot == 0 ? NULL : slot_at(part, slot);

    return h && h->object && (type == OBJECT_ANY || h->object->type == type) ? h : NULL;
}

static void unlink_handle(struct object *object, struct handle *h)
{
    *h->link = h->next;
    if (h->next)
        h->next->link = h->link;
    object->handle_count--;
    h->object = NULL;
}

void handle_remove(struct handle *h)
{
    struct object *object = h->object;

    unlink_handle(object, h);
    if (object->type == OBJECT_MEM)
        mem_release_if_unused((struct mem *)object);
}

void handle_revoke_all(struct object *object)
{
    while (object->handles)
        unlink_handle(object, object->handles);
}

// The first handle from *slot on; tables that do not exist are passed over.
__attribute__((nonnull)) static struct handle *next_used(struct part *part, uint64_t *slot)
{
    for (; *slot < HANDLE_LIMIT; ++*slot) {
        struct handle *h = slot_at(part, *slot);
        if (h && h->object)
            return h;
        if (!h)
            *slot += HANDLES_PER_PAGE - 1;
    }
    return NULL;
}

// Counted when asked for: whoever revokes a handle does not know whose table it was in.
uint32_t handle_count(struct part *part)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < HANDLE_FIRST; i++)
        count += part->handle[i].object != NULL;
    for (unsigned p = 0; p < HANDLE_PAGES; p++)
        for (unsigned i = 0; i < HANDLES_PER_PAGE && part->handle_page[p]; i++)
            count += part->handle_page[p][i].object != NULL;
    return count;
}

bool handle_close_some(struct part *part)
{
    unsigned budget = 64;
    struct handle *h;

    for (uint64_t slot = 0; (h = next_used(part, &slot)); slot++) {
        if (budget-- == 0)
            return false;
        handle_remove(h);
    }
    for (unsigned p = 0; p < HANDLE_PAGES; p++) {
        sys_page_free(&part->account, part->handle_page[p]);
        part->handle_page[p] = NULL;
    }
    return true;
}
