/* SPDX-License-Identifier: MIT */
/*
 * boot -> kernel: everything the loader learned from the firmware, as plain arrays.
 * The kernel parses no ACPI table and no file; what it needs is here, judged once by boot/.
 * All addresses are physical unless the name ends in _va. Version it with BOOT_INFO_VERSION.
 */
#ifndef ABI_BOOT_INFO_H
#define ABI_BOOT_INFO_H

#include <stdint.h>
#include "vmx_caps.h"

#define BOOT_INFO_MAGIC   0x444145484b4c5542ull /* "BULKHEAD", little endian */
#define BOOT_INFO_VERSION 4u

/*
 * Address space in which kernel.elf starts (4-level, NX on, WP on):
 *   KERNEL_VA ..             the image, page by page W^X as its program headers say
 *   KPOOL_VA ..              the kernel pool, RW NX: all memory that ring 0 ever touches beside
 *                            its image and devices; boot_info, page tables and the boot stack
 *                            lie in its beginning
 *   handoff page, smp_page   identity mapped R-X, in the lower half; the kernel drops them
 * Entry: 64-bit mode, interrupts off, RDI = boot_info (in the pool), RSP = top of a 16 KiB stack.
 * Application CPUs are left parked by firmware; the kernel starts them with INIT-SIPI-SIPI at
 * boot_info.smp_page, from where they come to the same entry with RDI = 0 and no stack.
 */
#define KERNEL_VA 0xffffffff80000000ull
#define KPOOL_VA  0xffff800000000000ull

#define BOOT_MAX_CPUS     256
#define BOOT_MAX_RANGES   256
#define BOOT_MAX_MODULES  64
#define BOOT_MAX_SEGMENTS 8 /* of a program file */
#define BOOT_MAX_IOAPICS  16

/* Usable RAM after boot/ has taken what it needed, page aligned, ascending, disjoint. */
struct boot_range {
    uint64_t base;
    uint64_t bytes;
};

/* A loaded ELF segment of root.elf, its stack, its heap, a file: page aligned, zero filled. */
#define SEG_READ  4u
#define SEG_WRITE 2u
#define SEG_EXEC  1u
struct boot_segment {
    uint64_t va;
    uint64_t base;
    uint64_t pages;
    uint32_t flags;  /* SEG_* */
    uint32_t handle; /* of a file: by which root may pass it on; else 0 */
};

struct boot_cpu {
    uint32_t apic_id; /* x2APIC id */
    uint32_t flags;   /* bit 0: the CPU that boot/ runs on */
};
#define BOOT_CPU_BSP 1u

struct boot_ioapic {
    uint64_t base;
    uint32_t gsi_base;
    uint32_t reserved;
};

/* ISA IRQ -> GSI, with MADT overrides applied. flags as MADT: bits 1:0 polarity, 3:2 trigger. */
struct boot_isa_irq {
    uint32_t gsi;
    uint32_t flags;
};

/* How to end the machine. Ports are 0 when unknown. */
struct boot_power {
    uint16_t pm1a_cnt, pm1b_cnt; /* ACPI PM1 control ports */
    uint8_t slp_typa, slp_typb;  /* values for S5 */
    uint8_t reset_space;         /* 0 none, 1 I/O port, 2 memory (as ACPI GAS: 1 = I/O, here 2 = MMIO) */
    uint8_t reset_value;
    uint64_t reset_address;
};

/* Linear frame buffer, 32 bits a pixel; base 0 = none. */
struct boot_framebuffer {
    uint64_t base;
    uint64_t bytes;
    uint32_t width, height;
    uint32_t pixels_per_line;
    uint32_t rgb_order; /* 0: byte order R,G,B,x   1: B,G,R,x */
};

struct boot_info {
    uint64_t magic;
    uint32_t version;
    uint32_t bytes; /* sizeof this struct */

    uint64_t kpool_base; /* physical start of the kernel pool, 2 MiB aligned */
    uint64_t kpool_bytes; /* multiple of 2 MiB */
    uint64_t kpool_used; /* from its start: boot_info, page tables, stack, tables below */
    uint64_t pml4;       /* physical address of the page tables described above (in the pool) */
    uint64_t kernel_base; /* physical */
    uint64_t kernel_bytes;
    uint64_t handoff_page;   /* the identity-mapped page */
    uint64_t smp_page;       /* start-up code of the other CPUs, below 1 MiB; 0 = they cannot be started */
    uint64_t ram_bytes;      /* all RAM that firmware reported as usable by an OS */
    uint64_t ram_end;        /* one past the highest usable RAM address */

    uint64_t tsc_hz;      /* measured against a platform timer */
    uint64_t acpi_rsdp;   /* 0 = firmware has no ACPI */
    uint16_t pm_timer_port; /* ACPI PM timer, 0 = unknown */
    uint16_t pm_timer_bits; /* 24 or 32 */
    uint16_t serial_port; /* 0x3f8 when a 16550 answers there, else 0 */
    uint16_t reserved0;
    uint32_t cpu_count;
    uint32_t ioapic_count;
    uint32_t ram_count;
    uint32_t root_segment_count;
    uint32_t vmx_usable; /* VMs can run */
    uint64_t trace_va, trace_records; /* one ring of so many records for each CPU; a power of two; in the pool */
    uint64_t root_entry;
    uint64_t root_info_va; /* struct start_info for root (abi/start.h), in the pool; the kernel adds what it knows */

    struct vmx_caps vmx;
    struct boot_power power;
    struct boot_framebuffer framebuffer;
    struct boot_cpu cpu[BOOT_MAX_CPUS]; /* the boot CPU first */
    struct boot_ioapic ioapic[BOOT_MAX_IOAPICS];
    struct boot_isa_irq isa_irq[16];
    struct boot_range ram[BOOT_MAX_RANGES];
    struct boot_segment root_segment[BOOT_MAX_SEGMENTS + 2 + BOOT_MAX_MODULES]; /* with stack, heap, files */
};

#endif
