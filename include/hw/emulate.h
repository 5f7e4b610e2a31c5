/* SPDX-License-Identifier: MIT */
/* Bits that matter to those who do a CPU's work for it, and not to ring 0 (SDM vol. 3, chapters 2, 4, 17, 24). */
#ifndef HW_EMULATE_H
#define HW_EMULATE_H

#include <hw/vmcs.h>
#include <hw/x86.h>

/* RFLAGS */
#define RFLAGS_CF   0x00000001ull
#define RFLAGS_PF   0x00000004ull
#define RFLAGS_AF   0x00000010ull
#define RFLAGS_ZF   0x00000040ull
#define RFLAGS_SF   0x00000080ull
#define RFLAGS_DF   0x00000400ull
#define RFLAGS_OF   0x00000800ull
#define RFLAGS_NT   0x00004000ull

/* DR6: single step */
#define DR6_BS   0x00004000ull

/* Page-table entries: accessed, dirty */
#define PTE_A   0x020ull
#define PTE_D   0x040ull
#define PTE_ADDRESS 0x000ffffffffff000ull

/* Segment access rights */
#define ATTR_S        0x00010u
#define ATTR_P        0x00080u
#define ATTR_DB       0x04000u
#define ATTR_G        0x08000u
#define ATTR_UNUSABLE 0x10000u

#endif
