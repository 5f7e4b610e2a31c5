/* SPDX-License-Identifier: MIT */
/*
 * What the files of the loader share. boot/ is the only code that knows UEFI; main.c is its story.
 */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include <efi.h>

#include <abi/boot_info.h>
#include <abi/start.h>
#include <lib/acpi_tables.h>
#include <lib/elf.h>
#include <lib/string.h>

#include "text.h"

#define PAGE      4096ul
#define BIG_PAGE  (2ul << 20)
#define LOW_LIMIT (1ul << 20) /* RAM below it is never handed over as free */

#define BOOT_NAME_LEN    ((unsigned)sizeof(((struct start_file *)0)->name)) /* NUL included */
#define BOOT_CMDLINE_LEN 256

#define ROUND_UP(x, unit) (((x) + (unit)-1) & ~((unit)-1))
#define PAGES(bytes)      (((bytes) + PAGE - 1) / PAGE)

/* The two things that firmware gives every application. */
extern EFI_HANDLE boot_image;
extern EFI_SYSTEM_TABLE *boot_system;
#define SERVICES (boot_system->BootServices)

/* ---- say.c: the firmware's screens and the first serial port */
void say_init(void);
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void fail(EFI_STATUS status, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));
const char *say_status(EFI_STATUS status);
uint16_t say_serial_port(void);

/* ---- file.c: the boot volume */
struct file {
    uint8_t *bytes; /* page aligned; the tail of the last page is zero */
    uint64_t size;
};
void file_open_volume(void);
BOOLEAN file_exists(const char *path);
struct file file_read(const char *path, EFI_MEMORY_TYPE type);
void file_free(struct file *file);
/* Names of the plain files of a folder, sorted; returns how many. */
unsigned file_list(const char *folder, char names[][BOOT_NAME_LEN], unsigned room);

/* ---- cmdline.c */
void cmdline_read(char line[BOOT_CMDLINE_LEN]);

/* ---- memmap.c: memory from firmware, and what is left of it afterwards */
/* Memory that the system keeps: a type of our own, so that the last map tells it apart. */
#define MEMORY_KEPT ((EFI_MEMORY_TYPE)0x80000b01)
void *memory_take(uint64_t pages, EFI_MEMORY_TYPE type, const char *what);
void memory_free(void *base, uint64_t pages);
void memory_low_page(struct boot_info *info);
/* Takes the kernel pool; boot_info is the first thing in it. */
struct boot_info *memory_pool(const char *cmdline);
void *memory_pool_take(struct boot_info *info, uint64_t bytes);
/* What root finds when it starts; the loader fills in all but what only the kernel knows. */
struct start_info *memory_root_info(const struct boot_info *info);
uint64_t memory_pool_va(const struct boot_info *info, const void *taken);
/* Leaves boot services and fills info->ram. After it no firmware service may be called. */
void memory_leave(struct boot_info *info);

/* ---- load.c: the two programs and the modules */
struct program {
    uint64_t entry;
    uint32_t count;
    struct boot_segment segment[BOOT_MAX_SEGMENTS];
};
void load_kernel(struct boot_info *info, struct program *kernel);
void load_root(struct boot_info *info);
void load_modules(struct boot_info *info);

/* ---- cpus.c, topology.c, vtx.c, acpi.c, clock.c, screen.c: the machine */
void cpu_require(void);
void cpu_describe(void);
void cpus_find(struct boot_info *info);
void topology_find(struct boot_info *info); /* after acpi_read() and cpus_find() */
extern struct acpi_srat acpi_srat; /* of no node when there is no such table */
void vtx_find(struct boot_info *info, const char *cmdline);
void acpi_read(struct boot_info *info);
void acpi_enable(void);
void clock_read(struct boot_info *info);
void screen_find(struct boot_info *info);

/* ---- paging.c, handoff.c */
void paging_build(struct boot_info *info, const struct program *kernel);
void handoff_prepare(struct boot_info *info);
void handoff_prepare_smp(struct boot_info *info, uint64_t entry);
void handoff_enter(const struct boot_info *info, uint64_t entry) __attribute__((noreturn));

#endif
