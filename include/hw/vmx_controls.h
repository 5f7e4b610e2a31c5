/* SPDX-License-Identifier: MIT */
/* Controls that the loader settles and ring 0 never looks at (SDM vol. 3, 24.6 to 24.8). */
#ifndef HW_VMX_CONTROLS_H
#define HW_VMX_CONTROLS_H

#include <hw/vmcs.h>

/* Primary processor-based controls (24.6.2) */
#define PROC_TSC_OFFSET     (1u << 3)
#define PROC_INVLPG_EXIT    (1u << 9)
#define PROC_MWAIT_EXIT     (1u << 10)
#define PROC_RDPMC_EXIT     (1u << 11)
#define PROC_RDTSC_EXIT     (1u << 12)
#define PROC_CR3_LOAD_EXIT  (1u << 15)
#define PROC_CR3_STORE_EXIT (1u << 16)
#define PROC_IO_BITMAPS     (1u << 25)
#define PROC_MSR_BITMAPS    (1u << 28)
#define PROC_MONITOR_EXIT   (1u << 29)
#define PROC_SECONDARY      (1u << 31)
#define PROC_PAUSE_EXIT     (1u << 30)

/* Secondary processor-based controls */
#define PROC2_EPT          (1u << 1)
#define PROC2_UNRESTRICTED (1u << 7)
#define PROC2_INVPCID      (1u << 12)

/* VM-exit controls (24.7.1) */
#define EXIT_SAVE_DEBUG    (1u << 2)
#define EXIT_HOST_64       (1u << 9)
#define EXIT_ACK_INTERRUPT (1u << 15)
#define EXIT_LOAD_PAT      (1u << 19)
#define EXIT_LOAD_EFER     (1u << 21)

/* VM-entry controls (24.8.1) */
#define ENTRY_LOAD_DEBUG (1u << 2)
#define ENTRY_LOAD_PAT   (1u << 14)
#define ENTRY_LOAD_EFER  (1u << 15)

#endif
