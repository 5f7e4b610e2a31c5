/* SPDX-License-Identifier: MIT */
/* VMCS fields, control bits, exit reasons and VM-instruction errors (SDM vol. 3, chapters 24, 30, appendices B, C). */
#ifndef HW_VMCS_H
#define HW_VMCS_H

/*
 * FIELD(name, encoding), in the order of SDM appendix B. Encoding bits 14:13 give the width:
 * 0 16 bits, 1 64 bits, 2 32 bits, 3 natural. Fields of features that Bulkhead never switches on
 * are left out: reading them on a CPU without them fails.
 */
#define VMCS_FIELDS(FIELD)                                                                         \
    FIELD(VPID, 0x0000) FIELD(POSTED_VECTOR, 0x0002)                                               \
    FIELD(GUEST_ES, 0x0800) FIELD(GUEST_CS, 0x0802) FIELD(GUEST_SS, 0x0804)    \
    FIELD(GUEST_DS, 0x0806) FIELD(GUEST_FS, 0x0808) FIELD(GUEST_GS, 0x080a)                        \
    FIELD(GUEST_LDTR, 0x080c) FIELD(GUEST_TR, 0x080e) FIELD(GUEST_INTR_STATUS, 0x0810)             \
    FIELD(HOST_ES, 0x0c00) FIELD(HOST_CS, 0x0c02) FIELD(HOST_SS, 0x0c04) FIELD(HOST_DS, 0x0c06)    \
    FIELD(HOST_FS, 0x0c08) FIELD(HOST_GS, 0x0c0a) FIELD(HOST_TR, 0x0c0c)                           \
    FIELD(IO_BITMAP_A, 0x2000) FIELD(IO_BITMAP_B, 0x2002) FIELD(MSR_BITMAP, 0x2004)                \
    FIELD(EXIT_MSR_STORE, 0x2006) FIELD(EXIT_MSR_LOAD, 0x2008) FIELD(ENTRY_MSR_LOAD, 0x200a)       \
    FIELD(TSC_OFFSET, 0x2010) FIELD(VIRTUAL_APIC, 0x2012) FIELD(APIC_ACCESS, 0x2014)               \
    FIELD(POSTED_DESC, 0x2016)                                                                     \
    FIELD(EPT_POINTER, 0x201a) FIELD(EOI_EXIT0, 0x201c) FIELD(EOI_EXIT1, 0x201e)                   \
    FIELD(EOI_EXIT2, 0x2020) FIELD(EOI_EXIT3, 0x2022) FIELD(GUEST_PHYSICAL_ADDRESS, 0x2400)        \
    FIELD(VMCS_LINK, 0x2800) FIELD(GUEST_DEBUGCTL, 0x2802) FIELD(GUEST_PAT, 0x2804)                \
    FIELD(GUEST_EFER, 0x2806) FIELD(GUEST_PDPTE0, 0x280a) FIELD(GUEST_PDPTE1, 0x280c)              \
    FIELD(GUEST_PDPTE2, 0x280e) FIELD(GUEST_PDPTE3, 0x2810) FIELD(HOST_PAT, 0x2c00)                \
    FIELD(HOST_EFER, 0x2c02) FIELD(PIN_CONTROLS, 0x4000) FIELD(PROC_CONTROLS, 0x4002)              \
    FIELD(EXCEPTION_BITMAP, 0x4004) FIELD(PF_ERROR_MASK, 0x4006) FIELD(PF_ERROR_MATCH, 0x4008)     \
    FIELD(CR3_TARGET_COUNT, 0x400a) FIELD(EXIT_CONTROLS, 0x400c)                                   \
    FIELD(EXIT_MSR_STORE_COUNT, 0x400e) FIELD(EXIT_MSR_LOAD_COUNT, 0x4010)                         \
    FIELD(ENTRY_CONTROLS, 0x4012) FIELD(ENTRY_MSR_LOAD_COUNT, 0x4014)                              \
    FIELD(ENTRY_INTR_INFO, 0x4016) FIELD(ENTRY_INTR_ERROR, 0x4018) FIELD(ENTRY_INSN_LEN, 0x401a)   \
    FIELD(TPR_THRESHOLD, 0x401c) FIELD(PROC2_CONTROLS, 0x401e) FIELD(INSN_ERROR, 0x4400)           \
    FIELD(EXIT_REASON, 0x4402) FIELD(EXIT_INTR_INFO, 0x4404) FIELD(EXIT_INTR_ERROR, 0x4406)        \
    FIELD(IDT_VECTORING_INFO, 0x4408) FIELD(IDT_VECTORING_ERROR, 0x440a)                           \
    FIELD(EXIT_INSN_LEN, 0x440c) FIELD(EXIT_INSN_INFO, 0x440e) FIELD(GUEST_ES_LIMIT, 0x4800)       \
    FIELD(GUEST_CS_LIMIT, 0x4802) FIELD(GUEST_SS_LIMIT, 0x4804) FIELD(GUEST_DS_LIMIT, 0x4806)      \
    FIELD(GUEST_FS_LIMIT, 0x4808) FIELD(GUEST_GS_LIMIT, 0x480a) FIELD(GUEST_LDTR_LIMIT, 0x480c)    \
    FIELD(GUEST_TR_LIMIT, 0x480e) FIELD(GUEST_GDTR_LIMIT, 0x4810) FIELD(GUEST_IDTR_LIMIT, 0x4812)  \
    FIELD(GUEST_ES_ATTR, 0x4814) FIELD(GUEST_CS_ATTR, 0x4816) FIELD(GUEST_SS_ATTR, 0x4818)         \
    FIELD(GUEST_DS_ATTR, 0x481a) FIELD(GUEST_FS_ATTR, 0x481c) FIELD(GUEST_GS_ATTR, 0x481e)         \
    FIELD(GUEST_LDTR_ATTR, 0x4820) FIELD(GUEST_TR_ATTR, 0x4822)                                    \
    FIELD(GUEST_INTERRUPTIBILITY, 0x4824) FIELD(GUEST_ACTIVITY, 0x4826)                            \
    FIELD(GUEST_SYSENTER_CS, 0x482a) FIELD(HOST_SYSENTER_CS, 0x4c00) FIELD(CR0_MASK, 0x6000)       \
    FIELD(CR4_MASK, 0x6002) FIELD(CR0_SHADOW, 0x6004) FIELD(CR4_SHADOW, 0x6006)                    \
    FIELD(EXIT_QUALIFICATION, 0x6400) FIELD(GUEST_LINEAR_ADDRESS, 0x640a) FIELD(GUEST_CR0, 0x6800) \
    FIELD(GUEST_CR3, 0x6802) FIELD(GUEST_CR4, 0x6804) FIELD(GUEST_ES_BASE, 0x6806)                 \
    FIELD(GUEST_CS_BASE, 0x6808) FIELD(GUEST_SS_BASE, 0x680a) FIELD(GUEST_DS_BASE, 0x680c)         \
    FIELD(GUEST_FS_BASE, 0x680e) FIELD(GUEST_GS_BASE, 0x6810) FIELD(GUEST_LDTR_BASE, 0x6812)       \
    FIELD(GUEST_TR_BASE, 0x6814) FIELD(GUEST_GDTR_BASE, 0x6816) FIELD(GUEST_IDTR_BASE, 0x6818)     \
    FIELD(GUEST_DR7, 0x681a) FIELD(GUEST_RSP, 0x681c) FIELD(GUEST_RIP, 0x681e)                     \
    FIELD(GUEST_RFLAGS, 0x6820) FIELD(GUEST_PENDING_DEBUG, 0x6822)                                 \
    FIELD(GUEST_SYSENTER_ESP, 0x6824) FIELD(GUEST_SYSENTER_EIP, 0x6826) FIELD(HOST_CR0, 0x6c00)    \
    FIELD(HOST_CR3, 0x6c02) FIELD(HOST_CR4, 0x6c04) FIELD(HOST_FS_BASE, 0x6c06)                    \
    FIELD(HOST_GS_BASE, 0x6c08) FIELD(HOST_TR_BASE, 0x6c0a) FIELD(HOST_GDTR_BASE, 0x6c0c)          \
    FIELD(HOST_IDTR_BASE, 0x6c0e) FIELD(HOST_SYSENTER_ESP, 0x6c10)                                 \
    FIELD(HOST_SYSENTER_EIP, 0x6c12) FIELD(HOST_RSP, 0x6c14) FIELD(HOST_RIP, 0x6c16)

enum vmcs_field {
#define FIELD(name, encoding) VMCS_##name = (encoding),
    VMCS_FIELDS(FIELD)
#undef FIELD
};

/* Pin-based controls (24.6.1) */
#define PIN_EXTINT_EXIT  (1u << 0)
#define PIN_NMI_EXIT     (1u << 3)
#define PIN_VIRTUAL_NMIS (1u << 5)
#define PIN_POSTED       (1u << 7)

/* Primary processor-based controls (24.6.2); vmx_controls.h has those that are settled once for all */
#define PROC_INTR_WINDOW   (1u << 2)
#define PROC_HLT_EXIT      (1u << 7)
#define PROC_CR8_LOAD_EXIT  (1u << 19)
#define PROC_CR8_STORE_EXIT (1u << 20)
#define PROC_TPR_SHADOW    (1u << 21)
#define PROC_NMI_WINDOW    (1u << 22)
#define PROC_MOV_DR_EXIT   (1u << 23)

/* Secondary processor-based controls */
#define PROC2_APIC_ACCESS   (1u << 0)
#define PROC2_RDTSCP        (1u << 3)
#define PROC2_X2APIC        (1u << 4)
#define PROC2_VPID          (1u << 5)
#define PROC2_WBINVD_EXIT   (1u << 6)
#define PROC2_APIC_REGISTER (1u << 8)
#define PROC2_VIRTUAL_INTR  (1u << 9)

/* VM-entry controls (24.8.1) */
#define ENTRY_IA32E         (1u << 9)

/* Guest interruptibility and activity (24.4.2), pending debug exceptions */
#define BLOCKING_STI   0x1u
#define BLOCKING_MOVSS 0x2u
#define BLOCKING_NMI   0x8u
enum { ACTIVITY_ACTIVE, ACTIVITY_HLT, ACTIVITY_SHUTDOWN, ACTIVITY_WAIT_SIPI };
#define PENDING_DEBUG_ENABLED (1ull << 12)
#define PENDING_DEBUG_BS      (1ull << 14)

/* Segment access rights */
#define ATTR_DPL      0x00060u
#define ATTR_L        0x02000u
#define ATTR_UNUSABLE 0x10000u

/* Interruption information (24.8.3, 24.9.2, 24.9.3) */
#define INTR_VECTOR    0x000000ffu
#define INTR_TYPE      0x00000700u
#define INTR_ERROR     0x00000800u
#define INTR_NMI_IRET  0x00001000u /* exit information: NMI unblocking due to IRET */
#define INTR_VALID     0x80000000u
#define INTR_EXTERNAL  0x00000000u
#define INTR_NMI       0x00000200u
#define INTR_EXCEPTION 0x00000300u
#define INTR_SOFT_INT  0x00000400u
#define INTR_PRIV_SOFT 0x00000500u

#define REASON_ENTRY_FAILED 0x80000000u

/* REASON(number, name, text), appendix C */
#define VMX_REASONS(REASON)                                                                        \
    REASON(0, EXCEPTION, "exception or NMI") REASON(1, EXTINT, "external interrupt")               \
    REASON(2, TRIPLE_FAULT, "triple fault") REASON(3, INIT, "INIT") REASON(4, SIPI, "SIPI")        \
    REASON(7, INTR_WINDOW, "interrupt window") REASON(8, NMI_WINDOW, "NMI window")                 \
    REASON(9, TASK_SWITCH, "task switch") REASON(10, CPUID, "CPUID")                               \
    REASON(11, GETSEC, "GETSEC") REASON(12, HLT, "HLT") REASON(13, INVD, "INVD")                   \
    REASON(14, INVLPG, "INVLPG") REASON(15, RDPMC, "RDPMC") REASON(16, RDTSC, "RDTSC")             \
    REASON(17, RSM, "RSM") REASON(18, VMCALL, "VMCALL") REASON(19, VMCLEAR, "VMCLEAR")             \
    REASON(20, VMLAUNCH, "VMLAUNCH") REASON(21, VMPTRLD, "VMPTRLD")                                \
    REASON(22, VMPTRST, "VMPTRST") REASON(23, VMREAD, "VMREAD") REASON(24, VMRESUME, "VMRESUME")   \
    REASON(25, VMWRITE, "VMWRITE") REASON(26, VMXOFF, "VMXOFF") REASON(27, VMXON, "VMXON")         \
    REASON(28, CR, "control-register access") REASON(29, DR, "debug-register access")              \
    REASON(30, IO, "I/O instruction") REASON(31, RDMSR, "RDMSR") REASON(32, WRMSR, "WRMSR")        \
    REASON(33, BAD_STATE, "VM entry failed: guest state")                                          \
    REASON(34, BAD_MSR, "VM entry failed: MSR loading") REASON(36, MWAIT, "MWAIT")                 \
    REASON(39, MONITOR, "MONITOR") REASON(40, PAUSE, "PAUSE")                                      \
    REASON(41, BAD_MC, "VM entry failed: machine check")                                           \
    REASON(43, TPR_BELOW, "TPR below threshold") REASON(44, APIC_ACCESS, "APIC access")            \
    REASON(45, EOI, "virtualized EOI") REASON(46, GDTR_IDTR, "GDTR or IDTR access")                \
    REASON(47, LDTR_TR, "LDTR or TR access") REASON(48, EPT_VIOLATION, "EPT violation")            \
    REASON(49, EPT_MISCONFIG, "EPT misconfiguration") REASON(50, INVEPT, "INVEPT")                 \
    REASON(51, RDTSCP, "RDTSCP") REASON(53, INVVPID, "INVVPID") REASON(54, WBINVD, "WBINVD")       \
    REASON(55, XSETBV, "XSETBV") REASON(56, APIC_WRITE, "APIC write")                              \
    REASON(57, RDRAND, "RDRAND") REASON(58, INVPCID, "INVPCID") REASON(59, VMFUNC, "VMFUNC")       \
    REASON(60, ENCLS, "ENCLS") REASON(61, RDSEED, "RDSEED") REASON(63, XSAVES, "XSAVES")           \
    REASON(64, XRSTORS, "XRSTORS")

enum vmx_reason {
#define REASON(number, name, text) REASON_##name = (number),
    VMX_REASONS(REASON)
#undef REASON
    REASON_COUNT
};

/* INSN_ERROR(number, text), SDM vol. 3 30.4: those that a VM entry can give */
#define VMX_INSN_ERRORS(ERROR)                                                                     \
    ERROR(4, "VMLAUNCH with non-clear VMCS") ERROR(5, "VMRESUME with non-launched VMCS")           \
    ERROR(7, "VM entry with invalid control fields")                                               \
    ERROR(8, "VM entry with invalid host-state fields")                                            \
    ERROR(26, "VM entry with events blocked by MOV SS")

#endif
