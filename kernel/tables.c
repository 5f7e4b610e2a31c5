// SPDX-License-Identifier: MIT
// Trees of tables: page tables and EPTs (sys/tables.h).
#include <sys/tables.h>

#define ENTRIES   512u
#define TOP_LEVEL 3u
#define PRESENT   0x001ull
#define LEAF      0x080ull
#define DESTROY_STEP 128u // leaves and tables that one call of tables_destroy takes at most

static uint64_t *entry_at(uint64_t *table, uint64_t at, unsigned level)
{
    return &table[at >> (12 + 9 * level) & (ENTRIES - 1)];
}

static uint64_t *table_of(uint64_t entry)
{
    return sys_page_va((hpa_t){ entry & TABLES_ADDRESS });
}

enum status tables_init(struct tables *t, struct account *account, uint64_t link, unsigned top_entries)
{
    *t = (struct tables){ sys_page_alloc(account), account, 1, link, top_entries };
    return t->top ? OK : ERR_NO_KMEM;
}

enum status tables_entry(struct tables *t, uint64_t at, unsigned order, uint64_t **entry)
{
    uint64_t *table = t->top;

    for (unsigned level = TOP_LEVEL;; level--) {
        *entry = entry_at(table, at, level);
        if (level == order / 9)
            return OK;
        if (!(**entry & PRESENT)) {
            void *page = sys_page_alloc(t->account);
            if (!page)
                return ERR_NO_KMEM;
            t->pages++;
            **entry = sys_page_hpa(page).v | t->link;
        }
        if (**entry & LEAF)
            return ERR_EXISTS;
        table = table_of(**entry);
    }
}

enum status tables_map(struct tables *t, uint64_t at, uint64_t leaf, unsigned order, uint64_t *count)
{
    uint64_t *entry, done = 0, room = ENTRIES - (at >> (12 + order) & (ENTRIES - 1));
    enum status status = tables_entry(t, at, order, &entry);

    if (status != OK)
        return status;
    for (; done < *count && done < room && !(entry[done] & PRESENT); leaf += PAGE_BYTES << order)
        entry[done++] = leaf | (order ? LEAF : 0);
    *count = done;
    return done ? OK : ERR_EXISTS; // a page, or a table of smaller ones: holes in it are not looked for
}

uint64_t *tables_leaf(const struct tables *t, uint64_t at, unsigned *order)
{
    uint64_t *table = t->top;

    for (unsigned level = TOP_LEVEL;; level--) {
        uint64_t *entry = entry_at(table, at, level);
        *order = 9 * level;
        if (!(*entry & PRESENT))
            return NULL;
        if (level == 0 || *entry & LEAF)
            return entry;
        table = table_of(*entry);
    }
}

enum status tables_unmap(struct tables *t, uint64_t at, uint64_t *bytes, hpa_t *page, unsigned *count)
{
    unsigned order, most = *count;
    uint64_t *entry = tables_leaf(t, at, &order);
    uint64_t size = PAGE_BYTES << order, hole = size - (at & (size - 1));
    uint64_t wanted = *bytes >> (12 + order);

    *count = 0;
    *bytes = hole < *bytes ? hole : *bytes;
    if (!entry)
        return OK;
    if (at & (size - 1) || wanted == 0)
        return ERR_INVALID;
    most = wanted < most ? (unsigned)wanted : most;
    do {
        page[(*count)++] = (hpa_t){ *entry & TABLES_ADDRESS & ~(size - 1) };
        *entry++ = 0;
    } while (*count < most && (uint64_t)entry % PAGE_BYTES && *entry & PRESENT && (!order || *entry & LEAF));
    *bytes = *count * size;
    return OK;
}

// The first entry from number i on that is not 0.
static unsigned used_from(const uint64_t *table, unsigned i, unsigned count)
{
    const uint64_t *at = table + i;
    uint64_t left = count - i;
    bool none = true;

    if (left > 0)
        __asm__ volatile("repe scasq" : "+D"(at), "+c"(left), "=@ccz"(none) : "a"(0ull) : "memory");
    return none ? count : (unsigned)(at - 1 - table);
}

struct teardown {
    unsigned budget; // leaves and tables
    void (*gone)(hpa_t page);
};

// Empties a table whose entries are of the given level; true = all of it.
static bool empty(struct tables *t, uint64_t *table, unsigned level, struct teardown *down)
{
    unsigned count = level == TOP_LEVEL ? t->top_entries : ENTRIES;

    for (unsigned i = 0; (i = used_from(table, i, count)) < count;) {
        if (down->budget == 0)
            return false;
        down->budget--;
        if (level == 0 || table[i] & LEAF) {
            down->gone((hpa_t){ table[i] & TABLES_ADDRESS & -(PAGE_BYTES << 9 * level) });
        } else {
            if (!empty(t, table_of(table[i]), level - 1, down))
                return false;
            sys_page_free(t->account, table_of(table[i]));
            t->pages--;
        }
        table[i++] = 0;
    }
    return true;
}

bool tables_destroy(struct tables *t, void (*gone)(hpa_t page))
{
    struct teardown down = { DESTROY_STEP, gone };

    if (!t->top)
        return true;
    if (!empty(t, t->top, TOP_LEVEL, &down))
        return false;
    sys_page_free(t->account, t->top);
    t->top = NULL;
    t->pages = 0;
    return true;
}
