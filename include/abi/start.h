/* SPDX-License-Identifier: MIT */
/*
 * What every ring-3 program finds when it starts: one read-only page at START_INFO_VA (several
 * when there are many files), its console, its heap, its files. Written by the parent (root), for
 * root itself by the kernel.
 *
 * Address space of a ring-3 program:
 *   0x0000_0000  never mapped (null pointers fault)
 *   START_INFO_VA    start_info, R
 *   CONSOLE_VA       struct console_shm, RW, shared with root
 *   USER_STACK_TOP   stack below it, guard page under it
 *   USER_IMAGE_VA    the ELF image; the heap [heap_va, heap_va + heap_bytes) follows it
 *   FILES_VA         read-only files, each page aligned
 *   USER_WINDOW_VA   free for the program's own mappings (guest RAM in a VMM)
 */
#ifndef ABI_START_H
#define ABI_START_H

#include <stdint.h>

#define START_MAGIC    0x54524154534b4c42ull /* "BLKSTART" */
#define START_INFO_VA  0x0000000000010000ull
#define CONSOLE_VA     0x0000000000020000ull
#define USER_STACK_TOP 0x00000000001ff000ull
#define USER_IMAGE_VA  0x0000000000200000ull
#define FILES_VA       0x0000000100000000ull
#define FRAMEBUFFER_VA 0x0000003000000000ull /* root: the frame buffer, write-combining */
#define USER_WINDOW_VA 0x0000004000000000ull
#define USER_END       0x0000700000000000ull /* one past the last user address */

#define START_MAX_FILES 64

struct start_file {
    uint64_t va;
    uint64_t bytes;
    char name[56];
};

/* Handles that a child finds in its table when it starts; 0 is never a valid handle. */
enum start_handle {
    H_SELF_PART = 1,     /* its own partition (rights as its parent chose) */
    H_CONSOLE_EVENT = 2, /* signal: the console rings changed, for root */
    H_MEMORY = 3,        /* VMM: the guest's RAM, a memory object */
    H_FIRST_FREE = 8,
    /* in root: */
    H_MODULE0 = 16,      /* memory object of boot module n at H_MODULE0 + n */
    H_COM1 = 4,          /* I/O ports of the serial console */
    H_POWER = 5,         /* right to power off and reboot the machine */
};

/* Root plans by these: hyper-threads of one core have the same core, CPUs that are near each other the same node. */
#define START_MAX_CPUS 256
struct start_cpu {
    uint16_t core;
    uint8_t node, reserved;
};

#define START_VMX 1u /* VT-x with all that VMs need is there; otherwise vmx_missing says why not */

struct start_info {
    uint64_t magic;
    uint32_t bytes; /* sizeof struct start_info */
    uint32_t flags; /* START_* */
    char name[32];  /* the partition's name */
    uint64_t tsc_hz;
    uint64_t wall_ns, wall_tsc; /* UTC at that TSC value */
    uint64_t heap_va, heap_bytes;
    uint64_t guest_ram_bytes;  /* VMM: size of H_MEMORY */
    uint32_t cpu_count;        /* CPUs of the machine (root) or of this partition */
    uint32_t file_count;
    uint64_t free_pages;       /* root: RAM that is free to give, in 4 KiB pages */
    uint64_t kmem_pages;       /* root: kernel pool that is free to give */
    uint32_t fb_width, fb_height, fb_line_bytes; /* root: frame buffer of 32-bit pixels; 0 = none */
    uint32_t reserved;
    uint64_t vmx_cr_fixed[4];  /* IA32_VMX_CR0_FIXED0, CR0_FIXED1, CR4_FIXED0, CR4_FIXED1; 0 without VT-x */
    char vmx_missing[256];     /* text: what the CPU or firmware lacks */
    char args[512];            /* command line of the program, words separated by blanks */
    char conf[1024];           /* VMM: its lines of system.conf, "key = value\n" ... */
    struct start_file file[START_MAX_FILES];
    struct start_cpu cpu[START_MAX_CPUS]; /* root: of each CPU of the machine */
};

#endif
