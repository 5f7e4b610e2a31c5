/* SPDX-License-Identifier: MIT */
/*
 * Seam: trees of tables, 512 entries each, four levels, which page tables and EPT both are (SDM vol. 3,
 * 4.5, 28.3.2). What they have in common: bit 0 of an entry says that it leads somewhere (all our EPT
 * leaves are readable), bit 7 above the lowest level that it maps a page, bits 51:12 are the address.
 * Pages have orders 0, 9 and 18: 4 KiB, 2 MiB, 1 GiB.
 */
#ifndef SYS_TABLES_H
#define SYS_TABLES_H

#include <abi/status.h>
#include <sys/alloc.h>

struct tables {
    uint64_t *top;
    struct account *account; /* pays for the tables */
    uint64_t pages;          /* of the tables, the top one included */
    uint64_t link;           /* flags of the entries that lead to tables: they allow all, leaves decide */
    unsigned top_entries;    /* of the top table: what lies behind belongs to another tree */
};

enum status tables_init(struct tables *t, struct account *account, uint64_t link, unsigned top_entries) must_check;
/* The entry of that order for `at`; tables on the way there are made. ERR_EXISTS: a larger page is in the way. */
enum status tables_entry(struct tables *t, uint64_t at, unsigned order, uint64_t **entry) must_check;
/*
 * leaf: address and flags of the first of *count neighbours; *count is how many of them one table took
 * before something was in the way. ERR_EXISTS if a page, or a table of smaller ones, is at the first.
 */
enum status tables_map(struct tables *t, uint64_t at, uint64_t leaf, unsigned order, uint64_t *count) must_check;
#define TABLES_ADDRESS 0x000ffffffffff000ull
/* The leaf that maps `at`, NULL: none; *order is its size, or the size of the hole. */
uint64_t *tables_leaf(const struct tables *t, uint64_t at, unsigned *order);
/*
 * Removes leaves from `at` on, *count at most, all of one table and size, and gives their pages; or
 * passes over the hole that is there. *bytes, at first of the whole range, is how far it came. A leaf
 * that reaches beyond it stays: ERR_INVALID.
 */
enum status tables_unmap(struct tables *t, uint64_t at, uint64_t *bytes, hpa_t *page, unsigned *count) must_check;
/*
 * Frees tables that no CPU uses any more; gone(page) is called for each leaf. A bounded number of both
 * a call; true: all are gone.
 */
bool tables_destroy(struct tables *t, void (*gone)(hpa_t page));

#endif
