/* SPDX-License-Identifier: MIT */
/* EPT: the guest-physical address space of one VM, four levels of tables (SDM vol. 3, 28.3.2). */
#include <hw/ept.h>
#include <hw/x86.h>
#include "caps.h"
#include "vcpu.h"

#define ENTRIES    512u
#define TOP_LEVEL  4u
#define PRESENT    (EPT_READ | EPT_WRITE | EPT_EXEC)
#define FREE_STEP  64u /* tables that one call of ept_destroy frees at most */

static unsigned level_shift(unsigned level)
{
    return 12 + 9 * (level - 1);
}

static unsigned entry_index(gpa_t gpa, unsigned level)
{
    return (unsigned)(gpa.v >> level_shift(level)) % ENTRIES;
}

static uint64_t *entry_table(uint64_t entry)
{
    return sys_page_va((hpa_t){entry & EPT_ADDRESS});
}

static bool entry_is_leaf(uint64_t entry, unsigned level)
{
    return level == 1 || (entry & EPT_LEAF);
}

enum status ept_init(struct ept *ept, struct account *account)
{
    ept->pml4 = sys_page_alloc(account);
    if (!ept->pml4)
        return ERR_NO_KMEM;
    ept->account = account;
    ept->table_pages = 1;
    ept->generation = 1;
    return OK;
}

unsigned ept_max_order(void)
{
    return vmx_caps.ept_vpid & EPT_CAP_1G ? EPT_ORDER_1G : vmx_caps.ept_vpid & EPT_CAP_2M ? EPT_ORDER_2M : EPT_ORDER_4K;
}

uint64_t ept_pointer(const struct ept *ept)
{
    uint64_t flags = EPTP_WB | EPTP_4_LEVELS | (vmx_caps.ept_vpid & EPT_CAP_AD ? EPTP_AD : 0);

    return sys_page_hpa(ept->pml4).v | flags;
}

/* Hangs an empty table into an empty entry. Intermediate entries allow all: the leaf decides. */
static enum status table_add(struct ept *ept, uint64_t *entry)
{
    void *page = sys_page_alloc(ept->account);

    if (!page)
        return ERR_NO_KMEM;
    ept->table_pages++;
    *entry = sys_page_hpa(page).v | PRESENT;
    return OK;
}

enum status ept_map(struct ept *ept, gpa_t gpa, hpa_t hpa, unsigned order, uint32_t prot)
{
    uint64_t size = PAGE_BYTES << order;
    unsigned leaf_level = 1 + order / 9;

    if ((order != EPT_ORDER_4K && order != EPT_ORDER_2M && order != EPT_ORDER_1G) || order > ept_max_order())
        return ERR_INVALID;
    if ((gpa.v | hpa.v) & (size - 1) || gpa.v >> 48 || hpa.v & ~EPT_ADDRESS)
        return ERR_INVALID;
    if (!(prot & MAP_READ) || prot & ~(uint32_t)(MAP_READ | MAP_WRITE | MAP_EXEC))
        return ERR_INVALID; /* write-only entries are misconfigurations, execute-only ones are optional */

    uint64_t *table = ept->pml4;
    for (unsigned level = TOP_LEVEL;; level--) {
        uint64_t *entry = &table[entry_index(gpa, level)];
        if (level == leaf_level) {
            if (*entry & PRESENT)
                return ERR_EXISTS;
            /* MAP_* have the values of the EPT bits */
            *entry = hpa.v | prot | EPT_WB | (order ? EPT_LEAF : 0);
            return OK;
        }
        if (!(*entry & PRESENT)) {
            enum status status = table_add(ept, entry);
            if (status != OK)
                return status;
        } else if (entry_is_leaf(*entry, level)) {
            return ERR_EXISTS;
        }
        table = entry_table(*entry);
    }
}

enum status ept_unmap(struct ept *ept, gpa_t gpa, hpa_t *hpa, unsigned *order)
{
    uint64_t *table = ept->pml4;

    for (unsigned level = TOP_LEVEL;; level--) {
        uint64_t *entry = &table[entry_index(gpa, level)];
        *order = 9 * (level - 1);
        if (gpa.v >> 48 || !(*entry & PRESENT))
            return ERR_NOT_FOUND;
        if (entry_is_leaf(*entry, level)) {
            *hpa = (hpa_t){*entry & EPT_ADDRESS};
            *entry = 0;
            return OK;
        }
        table = entry_table(*entry);
    }
}

static void table_free(struct ept *ept, uint64_t *entry)
{
    sys_page_free(ept->account, entry_table(*entry));
    *entry = 0;
    ept->table_pages--;
}

/* Frees the tables below table, whose entries are of the given level; true = all of them. */
static bool tables_free(struct ept *ept, uint64_t *table, unsigned level, unsigned *budget)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        if (!(table[i] & PRESENT) || entry_is_leaf(table[i], level))
            continue;
        if (level > 2 && !tables_free(ept, entry_table(table[i]), level - 1, budget))
            return false;
        if (*budget == 0)
            return false;
        --*budget;
        table_free(ept, &table[i]);
    }
    return true;
}

bool ept_destroy(struct ept *ept)
{
    unsigned budget = FREE_STEP;

    if (!ept->pml4)
        return true;
    if (!tables_free(ept, ept->pml4, TOP_LEVEL, &budget))
        return false;
    sys_page_free(ept->account, ept->pml4);
    ept->pml4 = NULL;
    ept->table_pages = 0;
    return true;
}

/* Single-context INVEPT where the CPU has it, else all contexts (SDM vol. 3, 28.4.3.1). */
void vmx_ept_flush(const struct ept *ept)
{
    struct x86_inv d = {ept_pointer(ept), 0};
    bool single = vmx_caps.ept_vpid & EPT_CAP_INVEPT_SINGLE;

    (void)x86_invept(single ? INVEPT_SINGLE : INVEPT_ALL, &d);
}
