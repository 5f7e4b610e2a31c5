/* SPDX-License-Identifier: MIT */
/* Controls and capabilities that the loader settles and ring 0 never looks at (SDM vol. 3, 24.6 to 24.8, app. A). */
#ifndef HW_VMX_CONTROLS_H
#define HW_VMX_CONTROLS_H

#include <hw/vmcs.h>

/* Pin-based controls (24.6.1) */
#define PIN_EXTINT_EXIT  (1u << 0)
#define PIN_NMI_EXIT     (1u << 3)
#define PIN_VIRTUAL_NMIS (1u << 5)

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
#define PROC2_WBINVD_EXIT  (1u << 6)
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

/* CPUID 1.ECX */
#define CPUID_1C_VMX        (1u << 5)

/* Capability MSRs (appendix A) */
enum {
    MSR_ARCH_CAPABILITIES = 0x10a,
    MSR_VMX_BASIC = 0x480,
    MSR_VMX_PINBASED_CTLS = 0x481,
    MSR_VMX_PROCBASED_CTLS = 0x482,
    MSR_VMX_EXIT_CTLS = 0x483,
    MSR_VMX_ENTRY_CTLS = 0x484,
    MSR_VMX_CR0_FIXED0 = 0x486,
    MSR_VMX_CR0_FIXED1 = 0x487,
    MSR_VMX_CR4_FIXED0 = 0x488,
    MSR_VMX_CR4_FIXED1 = 0x489,
    MSR_VMX_PROCBASED_CTLS2 = 0x48b,
    MSR_VMX_EPT_VPID_CAP = 0x48c,
    MSR_VMX_TRUE_PINBASED_CTLS = 0x48d,
    MSR_VMX_TRUE_PROCBASED_CTLS = 0x48e,
    MSR_VMX_TRUE_EXIT_CTLS = 0x48f,
    MSR_VMX_TRUE_ENTRY_CTLS = 0x490,
};

/* IA32_VMX_EPT_VPID_CAP; hw/ept.h has the rest */
#define EPT_CAP_WALK4          (1ull << 6)
#define EPT_CAP_WB             (1ull << 14)
#define EPT_CAP_INVEPT         (1ull << 20)
#define EPT_CAP_INVEPT_ALL     (1ull << 26)
#define VPID_CAP_INVVPID       (1ull << 32)
#define VPID_CAP_SINGLE        (1ull << 41)

#endif
