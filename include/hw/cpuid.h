/* SPDX-License-Identifier: MIT */
/* CPUID leaves and feature bits that Bulkhead looks at (SDM vol. 2, CPUID). */
#ifndef HW_CPUID_H
#define HW_CPUID_H

/* 1.ECX */
#define CPUID_1C_PCID       (1u << 17)
#define CPUID_1C_X2APIC     (1u << 21)
#define CPUID_1C_DEADLINE   (1u << 24)
#define CPUID_1C_XSAVE      (1u << 26)
#define CPUID_1C_OSXSAVE    (1u << 27)
/* 1.EDX */
#define CPUID_1D_APIC (1u << 9)
/* 7.0.EBX, ECX */
#define CPUID_7B_FSGSBASE   (1u << 0)
#define CPUID_7B_TSC_ADJUST (1u << 1)
#define CPUID_7B_SMEP       (1u << 7)
#define CPUID_7B_SMAP       (1u << 20)
#define CPUID_7C_UMIP       (1u << 2)
/* 0x80000001.EDX */
#define CPUID_X1D_SYSCALL (1u << 11)
#define CPUID_X1D_NX      (1u << 20)
#define CPUID_X1D_LM      (1u << 29)

#endif
