/* SPDX-License-Identifier: MIT */
/* Names of CPU exceptions and of VM exits, as the SDM has them. */
#include <stddef.h>
#include <abi/vcpu_page.h>
#include "trap_names.h"

static const char *const traps[32] = {
    "divide error", "debug exception", "non-maskable interrupt", "breakpoint", "overflow",
    "bound range exceeded", "invalid opcode", "device not available", "double fault",
    "coprocessor segment overrun", "invalid TSS", "segment not present", "stack fault",
    "general protection fault", "page fault", NULL, "x87 floating-point error", "alignment check",
    "machine check", "SIMD floating-point exception", "virtualization exception",
    "control protection exception",
};

static const char *const reasons[] = {
    [0] = "exception or NMI", "external interrupt", "triple fault", "INIT", "SIPI", "I/O SMI",
    "other SMI", "interrupt window", "NMI window", "task switch", "CPUID", "GETSEC", "HLT",
    "INVD", "INVLPG", "RDPMC", "RDTSC", "RSM", "VMCALL", "VMCLEAR", "VMLAUNCH", "VMPTRLD",
    "VMPTRST", "VMREAD", "VMRESUME", "VMWRITE", "VMXOFF", "VMXON", "control-register access",
    "MOV DR", "I/O instruction", "RDMSR", "WRMSR", "entry failure: guest state",
    "entry failure: MSR loading",
    [36] = "MWAIT", "monitor trap flag",
    [39] = "MONITOR", "PAUSE", "entry failure: machine check",
    [43] = "TPR below threshold", "APIC access", "virtualized EOI", "access to GDTR or IDTR",
    "access to LDTR or TR", "EPT violation", "EPT misconfiguration", "INVEPT", "RDTSCP",
    "preemption timer", "INVVPID", "WBINVD", "XSETBV", "APIC write", "RDRAND", "INVPCID",
    "VMFUNC", "ENCLS", "RDSEED", "page-modification log full", "XSAVES", "XRSTORS", "PCONFIG",
    "sub-page permission event", "UMWAIT", "TPAUSE", "LOADIWKEY", "ENCLV",
};

static const char *const kinds[EXIT_KINDS] = {
    [EXIT_NONE] = "none", [EXIT_EVENT] = "event", [EXIT_DEADLINE] = "deadline", [EXIT_IO] = "I/O",
    [EXIT_MMIO] = "MMIO", [EXIT_RDMSR] = "RDMSR", [EXIT_WRMSR] = "WRMSR",
    [EXIT_INTR_WINDOW] = "interrupt window", [EXIT_EOI] = "EOI", [EXIT_HYPERCALL] = "hypercall",
    [EXIT_TASK_SWITCH] = "task switch", [EXIT_SHUTDOWN] = "shutdown",
    [EXIT_ENTRY_FAIL] = "entry failure",
};

const char *trap_name(uint32_t vector)
{
    return vector < 32 && traps[vector] != NULL ? traps[vector] : "exception";
}

bool trap_has_error(uint32_t vector)
{
    return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21;
}

const char *exit_reason_name(uint32_t reason)
{
    return reason < sizeof(reasons) / sizeof(reasons[0]) ? reasons[reason] : NULL;
}

const char *exit_kind_name(uint32_t kind)
{
    return kind < EXIT_KINDS && kinds[kind] != NULL ? kinds[kind] : "other";
}
