// SPDX-License-Identifier: MIT
// The kernel pool: the only RAM that ring 0 maps. Pages are handed out against quotas, so that
// what the kernel keeps for a partition comes out of what that partition was given.
#include <lib/string.h>
#include <sys/log.h>
#include "memory.h"

struct free_page {
    struct free_page *next;
};

struct slab {
    struct slab *next;
    uint32_t used; // bit n: slot n is taken; slot 0 is this header
};
#define SLAB_SLOTS (PAGE_BYTES / SLAB_BYTES)

static struct free_page *clean_pages, *free_pages; // zeros but for the link; as they were left
static uint64_t free_count;
uint64_t kmem_offset, memory_changes;
struct account kmem_root;

hpa_t sys_page_hpa(const void *page)
{
    return kmem_hpa(page);
}

void *sys_page_va(hpa_t page)
{
    return kmem_va(page);
}

uint64_t kmem_free_pages(void)
{
    return free_count;
}

void kmem_init(const struct boot_info *boot, uint64_t used)
{
    kmem_offset = boot->kpool_base - KPOOL_VA;
    clean_pages = free_pages = NULL;
    free_count = 0;
    for (uint64_t at = boot->kpool_bytes; at > used;) {
        at -= PAGE_BYTES;
        struct free_page *page = (void *)(KPOOL_VA + at);
        page->next = free_pages;
        free_pages = page;
        free_count++;
    }
    kmem_root.quota = free_count;
}

void *sys_page_alloc(struct account *account)
{
    if (account->used >= account->quota || (!clean_pages && !kmem_clean()))
        return NULL;
    struct free_page *page = clean_pages;
    clean_pages = page->next;
    page->next = NULL;
    free_count--;
    memory_changes++;
    account->used++;
    return page;
}

bool kmem_clean(void)
{
    struct free_page *page = free_pages;

    if (!page)
        return false;
    free_pages = page->next;
    memset(page, 0, PAGE_BYTES);
    page->next = clean_pages;
    clean_pages = page;
    return true;
}

void sys_page_free(struct account *account, void *page)
{
    struct free_page *head = page;

    if (!page)
        return;
    head->next = free_pages;
    free_pages = head;
    free_count++;
    memory_changes++;
    account->used--;
}

void *kmem_small_alloc(struct account *account)
{
    struct slab *slab = account->slab;

    while (slab && slab->used == ~0u)
        slab = slab->next;
    if (!slab) {
        slab = sys_page_alloc(account);
        if (!slab)
            return NULL;
        slab->used = 1;
        slab->next = account->slab;
        account->slab = slab;
    }
    unsigned slot = (unsigned)__builtin_ctz(~slab->used);
    slab->used |= 1u << slot;
    return memset((char *)slab + slot * SLAB_BYTES, 0, SLAB_BYTES);
}

void kmem_small_free(struct account *account, void *object)
{
    struct slab *slab = (void *)((uint64_t)object & ~(PAGE_BYTES - 1));
    struct slab **link = &account->slab;

    slab->used &= ~(1u << ((uint64_t)object % PAGE_BYTES / SLAB_BYTES));
    if (slab->used != 1)
        return;
    while (*link != slab)
        link = &(*link)->next;
    *link = slab->next;
    sys_page_free(account, slab);
}

_Static_assert(SLAB_SLOTS == 32, "one bit a slot");
