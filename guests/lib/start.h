/* SPDX-License-Identifier: MIT */
/* Selectors and page-table constants that start.S, C code and assembly of the guests share. */
#ifndef GUEST_START_H
#define GUEST_START_H

#define SEL_CODE64    0x08
#define SEL_DATA      0x10
#define SEL_CODE32    0x18
#define SEL_USER32    0x23
#define SEL_USER_DATA 0x2b
#define SEL_USER64    0x33
#define SEL_TSS       0x38
#define SEL_CODE16    0x48
#define SEL_DATA16    0x50
#define SEL_FREE      0x58 /* eight free descriptors */

#define PTE_PRESENT 0x001
#define PTE_WRITE   0x002
#define PTE_USER    0x004
#define PTE_PWT     0x008
#define PTE_PCD     0x010
#define PTE_LARGE   0x080
#define PTE_KERNEL  0x003 /* present, writable */
#define PTE_TABLE   0x007 /* present, writable, user */

#define USER_ALIAS 0x8000000000 /* physical memory as ring 3 sees it */

#ifndef __ASSEMBLY__
#include <stdint.h>

extern uint64_t gdt[];
extern uint64_t page_pml4[512], page_pdpt[512], page_pd[2048];
extern uint8_t start_stack_top[];
extern uint32_t boot_magic, boot_info, boot_cr0, boot_eflags; /* at the entry */

/* What a guest program provides: cmdline is the whole command line ("" if none). */
void guest_main(const char *cmdline);

void guest_start(void);
#endif
#endif
