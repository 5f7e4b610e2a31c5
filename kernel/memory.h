/* SPDX-License-Identifier: MIT */
/* Memory in ring 0: the kernel pool, the frames of partitions, page tables, memory objects. */
#ifndef KERNEL_MEMORY_H
#define KERNEL_MEMORY_H

#include <abi/boot_info.h>
#include "object.h"

/* Kernel half of every address space beside the pool and the image (one PML4 slot). */
#define KERNEL_SLOT_VA 0xffff808000000000ull
#define CPU_STACKS_VA  KERNEL_SLOT_VA                          /* 128 KiB a CPU */
#define WINDOW_VA      (KERNEL_SLOT_VA + 0x40000000ull)        /* 2 MiB a CPU: zeroing window */
#define DEVICE_VA      (KERNEL_SLOT_VA + 0x80000000ull)        /* devices, upwards */

/* ---- kmem.c: the pool, in pages; quotas ---- */
void kmem_init(const struct boot_info *boot, uint64_t used);
extern struct account kmem_root; /* all of the pool that is not given away */
extern uint64_t memory_changes; /* of the pool, the frames and all mappings: a count */
extern uint64_t kmem_offset; /* from addresses in the pool to physical ones */
static inline hpa_t kmem_hpa(const void *page) { return (hpa_t){ (uint64_t)page + kmem_offset }; }
static inline void *kmem_va(hpa_t hpa) { return (void *)(hpa.v - kmem_offset); }
void *kmem_small_alloc(struct account *account); /* SLAB_BYTES, zeroed; NULL = quota */
void kmem_small_free(struct account *account, void *object);
uint64_t kmem_free_pages(void);
bool kmem_clean(void); /* clears a page that was freed; false = all are clean */

/* ---- frame.c: RAM of partitions, in blocks of 4 KiB, 2 MiB, 1 GiB ---- */
uint64_t frame_tables(const struct boot_info *boot); /* sets up the tables in the pool; how much of it is used then */
void frame_init(const struct boot_info *boot);
/*
 * Cleared frames in one run, as many as wanted or fewer: 1 GiB, 2 MiB, or less than that. false = clear some first, or
 * there is no RAM left.
 */
bool frame_alloc(uint64_t pages, uint64_t *frame, uint64_t *got) must_check;
void frame_free(uint64_t frame, uint64_t count);
/* Clears so many pages of what was freed, whole blocks rather than frames if they are wanted; false = all is clean. */
bool frame_clean(bool large, uint64_t pages);
uint64_t frame_free_pages(void);
uint64_t frame_total(void); /* that the table has: up to the end of RAM */
bool frame_is_free(uint64_t frame);
struct mem *frame_mem(uint64_t frame);
void frame_set_mem(uint64_t frame, uint64_t count, struct mem *mem);

/* ---- ptab.c: page tables ---- */
/* Kernel mapping, 4 KiB steps; flags: PTE_W, PTE_NX, PTE_PCD... */
enum status ptab_map_kernel(uint64_t va, uint64_t pa, uint64_t bytes, uint64_t flags) must_check;
void ptab_init(const struct boot_info *boot);
void ptab_drop_low_half(void);
/* Maps a device page range uncached; returns its address. */
volatile void *ptab_map_device(uint64_t pa, uint64_t bytes, uint64_t cache_flags);
#define WINDOW_BYTES 0x200000ull
uint64_t *ptab_window(unsigned cpu); /* makes it for a new CPU */
void ptab_zero_frames(uint64_t frame, uint64_t count);
enum status ptab_create(struct part *part) must_check;
uint64_t ptab_flags(uint32_t prot); /* of a leaf for ring 3 */
extern uint64_t kernel_pml4_hpa;
/* Every CPU that has part's tables loaded flushes; returns when all did. */
void space_flush(struct part *part);

/* ---- mem.c: memory objects ---- */
enum status mem_create(struct part *owner, uint64_t pages, struct mem **mem) must_check;
/* Takes the next frames of a new object, or clears some for it: a bounded step; not to be mapped before *done. */
enum status mem_fill_step(struct mem *mem, bool *done) must_check;
struct mem *mem_adopt(struct part *owner, uint64_t base, uint64_t pages); /* boot modules */
/* Physical address of page `index`, and how many pages follow it contiguously. */
uint64_t mem_at(const struct mem *mem, uint64_t index, uint64_t *run);
void mem_release_if_unused(struct mem *mem);
/*
 * Map and unmap, in the partition's own address space or its VM's, do a bounded step and move *r on; *r with bytes
 * left and OK means: call again. A step that fails leaves what earlier steps mapped.
 */
struct mem_range {
    uint64_t offset; /* in the memory object */
    uint64_t at;     /* user or guest-physical address */
    uint64_t bytes;
};
enum status mem_map(struct part *part, bool guest, struct mem *mem, struct mem_range *r, uint32_t prot) must_check;
enum status mem_unmap(struct part *part, bool guest, struct mem_range *r) must_check;
/* A leaf that led there is gone, and no CPU remembers it. */
void mem_unmapped(hpa_t page);

#endif
