/* SPDX-License-Identifier: MIT */
/* The kernel's books, held against each other between any two system calls. */
#include <fake/ring0.h>
#include <fake/machine.h>
#include <stdio.h>
#include <stdlib.h>
#include <kernel/part.h>
#include <kernel/sched.h>

static bool is_live(const struct object *object)
{
    if (object == &ports_object || object == &power_object)
        return true;
    for (unsigned i = 0; i < machine_parts; i++) {
        if (object == &machine_part[i]->object)
            return true;
        for (const struct thread *t = machine_part[i]->threads; t; t = t->part_next)
            if (object == &t->object)
                return true;
        for (const struct mem *m = machine_part[i]->mems; m; m = m->next)
            if (object == &m->object)
                return true;
    }
    return false;
}

/* A handle leads to an object that is there, and that object knows it. */
static void check_handle(const struct handle *h)
{
    unsigned found = 0, count = 0;

    if (!h->object)
        return;
    MUST(is_live(h->object));
    MUST(*h->link == h && (!h->next || h->next->link == &h->next));
    for (const struct handle *other = h->object->handles; other; other = other->next, count++)
        found += other == h;
    MUST(found == 1 && count == h->object->handle_count);
}

static void check_handles(const struct part *part)
{
    for (unsigned i = 0; i < HANDLE_FIRST; i++)
        check_handle(&part->handle[i]);
    for (unsigned p = 0; p < HANDLE_PAGES; p++)
        for (unsigned i = 0; part->handle_page[p] && i < HANDLES_PER_PAGE; i++)
            check_handle(&part->handle_page[p][i]);
}

static uint64_t check_mems(const struct part *part)
{
    uint64_t pages = 0, frames = 0, run;

    for (const struct mem *m = part->mems; m; m = m->next) {
        MUST(m->owner == part && *m->link == m && m->filled <= m->pages);
        pages += m->pages;
        frames += m->filled;
        for (uint64_t at = 0; at < m->filled; at += run) {
            MUST(frame_mem(mem_at(m, at, &run) / PAGE_BYTES) == m);
            MUST(run > 0);
        }
    }
    MUST(pages == part->mem_used && part->mem_used <= part->mem_quota);
    return frames;
}

static void check_threads(const struct part *part)
{
    unsigned count = 0;

    for (const struct thread *t = part->threads; t; t = t->part_next, count++) {
        MUST(t->part == part && t->object.type == OBJECT_THREAD);
        MUST(part->state != PART_ENDED || t->state == THREAD_STOPPED);
        MUST(t->state != THREAD_RUNNING || t->cpu->current == t);
    }
    MUST(count == part->thread_count);
}

static void check_cpu(const struct cpu *cpu)
{
    unsigned homes = 0;

    for (unsigned i = 0; i < machine_parts; i++)
        for (const struct thread *t = machine_part[i]->threads; t; t = t->part_next) {
            homes += t->cpu == cpu;
            MUST(t->cpu != cpu || cpu->owner == (t->exclusive || cpu->owner ? t->part : NULL));
        }
    MUST(homes == cpu->threads && (homes > 0 || !cpu->owner));
    MUST(!cpu->loaded_thread || is_live(&cpu->loaded_thread->object));
    MUST(!cpu->fpu_thread || is_live(&cpu->fpu_thread->object));
    MUST(!cpu->current || is_live(&cpu->current->object));
    MUST(!cpu->space || is_live(&cpu->space->object));
}

void books_check(void)
{
    uint64_t used = kmem_root.used, quota = kmem_root.quota, frames = 0, ram = 0;
    static uint64_t all_pool, all_ram;

    for (unsigned i = 0; i < machine_parts; i++) {
        const struct part *part = machine_part[i];
        MUST(part->account.used <= part->account.quota);
        used += part->account.used;
        quota += part->account.quota;
        ram += part->mem_quota;
        frames += check_mems(part);
        check_threads(part);
        check_handles(part);
    }
    for (unsigned i = 0; i < MACHINE_CPUS; i++)
        check_cpu(cpus[i]);
    if (!all_pool) { /* the same for each machine */
        all_pool = used + kmem_free_pages();
        all_ram = frames + frame_free_pages();
    }
    MUST(used + kmem_free_pages() == all_pool && quota == all_pool);
    MUST(frames + frame_free_pages() == all_ram && ram == all_ram);
}

/* ---------------------------------------------------------------- mappings */
#define MEMS 1024u
static const struct mem *mem_seen[MEMS];
static uint64_t leaves_of[MEMS];
static unsigned mems_seen;

static void note_leaf(const struct mem *mem)
{
    unsigned i = 0;

    while (i < mems_seen && mem_seen[i] != mem)
        i++;
    if (i == mems_seen) {
        MUST(is_live(&mem->object) && mems_seen < MEMS);
        mem_seen[mems_seen] = mem;
        leaves_of[mems_seen++] = 0;
    }
    leaves_of[i]++;
}

/* Leaves of one tree: each leads into an object that is there, within it; in page tables none is W and X. */
static void check_tree(const struct tables *t, bool guest)
{
    unsigned order;

    for (uint64_t at = 0; t->top && at >> 39 < t->top_entries; at = (at | ((PAGE_BYTES << order) - 1)) + 1) {
        const uint64_t *leaf = tables_leaf(t, at, &order);
        if (!leaf)
            continue;
        uint64_t frame = (*leaf & TABLES_ADDRESS) / PAGE_BYTES;
        const struct mem *mem = frame_mem(frame);
        MUST(frame_mem(frame + (1ull << order) - 1) == mem);
        MUST(guest || !(*leaf & PTE_W) || *leaf & PTE_NX);
        if (mem)
            note_leaf(mem);
        else
            MUST(frame >= FAKE_POOL_BASE / PAGE_BYTES); /* a page of the kernel's that is shared */
    }
}

static uint64_t leaves(const struct mem *mem)
{
    for (unsigned i = 0; i < mems_seen; i++)
        if (mem_seen[i] == mem)
            return leaves_of[i];
    return 0;
}

void books_check_tables(void)
{
    mems_seen = 0;
    for (unsigned p = 0; p < machine_parts; p++) {
        check_tree(&machine_part[p]->tables, false);
        check_tree(&machine_part[p]->vm.ept.tables, true);
    }
    for (unsigned i = 0; i < machine_parts; i++)
        for (const struct mem *m = machine_part[i]->mems; m; m = m->next) {
            MUST(leaves(m) == m->maps);
            MUST(m->maps > 0 || m->object.handle_count > 0 || m->filled < m->pages);
        }
}

void books_check_end(void)
{
    MUST(machine_root.account.used == 0 && machine_root.mem_used == 0 && !machine_root.mems);
    MUST(machine_root.account.quota == kmem_free_pages() && machine_root.mem_quota == frame_free_pages());
    MUST(machine_root.children == 0 && !machine_root.threads);
}
