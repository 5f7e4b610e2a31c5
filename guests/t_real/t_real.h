/* SPDX-License-Identifier: MIT */
/* What C and the 16- and 32-bit code of t_real share: selectors, places, result slots. */
#ifndef T_REAL_H
#define T_REAL_H

#include <guest/start.h>

#define LOW_BASE 0x8000 /* real.S runs here, in segment LOW_SEG */
#define LOW_SEG  0x0800
#define LOW_DATA 0x6000 /* a page for string instructions */

#define SEL_LOW_CODE  (SEL_FREE + 0x00) /* 16-bit, base LOW_BASE */
#define SEL_LOW_DATA  (SEL_FREE + 0x08)
#define SEL_TSS_A     (SEL_FREE + 0x10)
#define SEL_TSS_B     (SEL_FREE + 0x18)
#define SEL_SMALL     (SEL_FREE + 0x20) /* data of 16 bytes */
#define SEL_IOAPIC    (SEL_FREE + 0x28) /* data, base at the IOAPIC */
#define SEL_ABSENT    (SEL_FREE + 0x30) /* data, not present */
#define SEL_TSS_C     (SEL_FREE + 0x38) /* not present */

#define VEC_TICK    0x40 /* PIC_BASE */
#define VEC_SOFT    0x30
#define VEC_TASK    0x31 /* task gate to TSS_B */
#define VEC_SOFT_3  0x32 /* gate of DPL 3 */
#define PM_VECTORS  0x33

/* slots of real mode: vector, distance from the instruction to the saved IP */
#define R_DIV     0
#define R_INT3    1
#define R_INTO    2
#define R_BOUND   3
#define R_UD2     4
#define R_LIMIT   5
#define R_RDMSR   6
#define R_VMXOFF  7
#define R_CPUID   8
#define R_SGDT    9
#define R_COUNT   10

/* values of real mode, 32 bits each */
#define V_IN      0
#define V_INSB    1
#define V_OUTSB   2
#define V_MMIO    3
#define V_TICKS   4
#define V_SOFT    5
#define V_STEPS   6
#define V_WRAP    7
#define V_MSW     8
#define V_FAR     9
#define V_STRING  10
#define V_SP      11
#define V_MMIO_OR 12
#define V_COUNT   13

/* slots of 32-bit protected mode: vector, error code, distance, eflags */
#define P_LIMIT    0
#define P_ABSENT   1
#define P_SOFT     2
#define P_RDMSR    3
#define P_TASK_ABSENT 4
#define P_TASK_BUSY   5
#define P_V86_INT     6
#define P_V86_INT_IOPL0 7
#define P_V86_HLT     8
#define P_V86_IN      9
#define P_V86_CPUID   10
#define P_V86_INSB    11
#define P_PAE_BAD     12
#define P_UNDEFINED   13
#define P_COUNT       14

/* values of protected mode, 32 bits each */
#define W_MMIO      0
#define W_INSB      1
#define W_JMP_REGS  2
#define W_JMP_TR    3
#define W_JMP_TS    4
#define W_JMP_FLAGS 5
#define W_JMP_BUSY  6
#define W_BACK_TR   7
#define W_BACK_REGS 8
#define W_CALL_FLAGS 9
#define W_CALL_LINK 10
#define W_CALL_BUSY 11
#define W_RETURN    12
#define W_INT       13
#define W_FAULT     14
#define W_PAE       15
#define W_PAE_MMIO  16
#define W_PSE       17
#define W_PSE_MMIO  18
#define W_COUNT     19

#ifndef __ASSEMBLY__
#include <stdint.h>

struct real_slot {
    uint16_t vector, distance;
};

struct pm_slot {
    uint32_t vector, error, distance, eflags;
};

extern char low_start[], low_end[], low_slots[], low_values[];
extern struct pm_slot pm_slots[P_COUNT];
extern uint32_t pm_values[W_COUNT];
extern uint32_t tss_a[64], tss_b[26], pm_idt[2 * PM_VECTORS];
extern char pm_stubs[], task_b[], pm_stack_top[], task_b_stack_top[];
extern uint64_t pae_table[4], pae_bad[4];
extern uint32_t pse_table[1024];

void real_run(void); /* to real mode, its tests, and back */
void pm_run(void);   /* to 32-bit protected mode, its tests, and back */
#endif
#endif
