/* SPDX-License-Identifier: MIT */
/* Seam: pages of kernel memory, charged to an account (a partition). kernel/ implements it. */
#ifndef SYS_ALLOC_H
#define SYS_ALLOC_H

#include <sys/base.h>

struct account;

/* One zeroed page, or NULL when the account's quota is used up. */
void *sys_page_alloc(struct account *account) must_check;
void sys_page_free(struct account *account, void *page); /* NULL: nothing */
/* Physical address of a page from sys_page_alloc, and back. */
hpa_t sys_page_hpa(const void *page);
void *sys_page_va(hpa_t page);

#endif
