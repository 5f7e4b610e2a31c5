/* SPDX-License-Identifier: MIT */
/*
 * kernel <-> vmm: one page a vCPU, mapped in both. It holds the guest's general registers at all
 * times (the exit path saves them here and nowhere else), the normalised exit, and what the VMM
 * asks of the next entry. The kernel never trusts it: it reads each field once and checks it.
 * Nothing here is a raw VMCS value. Registers are numbered as in instruction encodings
 * (SDM vol. 2, table 2-2).
 */
#ifndef ABI_VCPU_PAGE_H
#define ABI_VCPU_PAGE_H

#include <stdint.h>

enum gpr { GPR_RAX, GPR_RCX, GPR_RDX, GPR_RBX, GPR_RSP, GPR_RBP, GPR_RSI, GPR_RDI,
           GPR_R8, GPR_R9, GPR_R10, GPR_R11, GPR_R12, GPR_R13, GPR_R14, GPR_R15, GPR_COUNT };

/* Why vcpu_run returned. The fields of struct vcpu_exit that each kind fills stand behind it. */
enum exit_kind {
    EXIT_NONE,
    EXIT_EVENT,       /* the thread's event word is not zero (event_wait fetches it) */
    EXIT_DEADLINE,    /* vcpu_page.deadline passed */
    EXIT_IO,          /* IN/OUT: port size flags insn_len; value = RAX in gpr[]; string: gla, seg, addr_size, context */
    EXIT_MMIO,        /* no RAM there: gpa, gla (if IO_GLA), flags IO_WRITE/IO_FETCH, context; insn_len not valid */
    EXIT_RDMSR,       /* MSR of the "to VMM" list: msr insn_len; answer in RAX, RDX */
    EXIT_WRMSR,       /* likewise; value in RAX, RDX */
    EXIT_INTR_WINDOW, /* the guest can take an ExtINT now (want_extint): acknowledge the PIC, answer REQ_EXTINT */
    EXIT_EOI,         /* the guest ended level-triggered interrupt `vector` */
    EXIT_HYPERCALL,   /* VMCALL that the kernel does not know: number in RAX; insn_len */
    EXIT_TASK_SWITCH, /* task switch: task_* below, context; full state by vcpu_get_state */
    EXIT_SHUTDOWN,    /* triple fault */
    EXIT_ENTRY_FAIL,  /* VM entry refused the guest state: reason in detail; vcpu_get_state tells the state */
    EXIT_IPI,         /* INIT, start-up or other IPI that is not an interrupt: ICR low half in detail, targets */
    EXIT_KINDS
};

#define IO_IN      0x01u /* IN/INS; else OUT/OUTS */
#define IO_STRING  0x02u
#define IO_REP     0x04u
#define IO_WRITE   0x08u /* MMIO write */
#define IO_FETCH   0x10u /* MMIO instruction fetch */
#define IO_GLA     0x20u /* gla is valid */
#define IO_WALK    0x40u /* the access was the CPU's own walk of the guest's page tables */
#define IO_IDT     0x80u /* the exit happened while an event was being delivered; it will be delivered again */

#define VM_VCPUS 32u /* APIC ids of a VM are below */

struct vcpu_exit {
    uint32_t kind; /* enum exit_kind */
    uint32_t flags; /* IO_* */
    uint16_t port;
    uint8_t size;      /* bytes: 1 2 4 */
    uint8_t addr_size; /* bytes: 2 4 8, string I/O only */
    uint8_t seg;       /* string I/O: 0 ES 1 CS 2 SS 3 DS 4 FS 5 GS */
    uint8_t vector;
    uint8_t insn_len; /* 1..15, bytes to skip with REQ_ADVANCE */
    uint8_t reserved;
    uint32_t msr;
    uint32_t detail;
    uint64_t gpa;
    uint64_t gla;
    uint64_t targets; /* EXIT_IPI: bit n: the vCPU with APIC id n is meant */
    /* task switch (SDM vol. 3, table "Exit Qualification for Task Switches") */
    uint16_t task_selector;
    uint8_t task_source; /* 0 CALL 1 IRET 2 JMP 3 task gate in IDT */
    uint8_t task_has_error;
    uint32_t task_error;
};

/* Enough of the guest's state to decode and translate without a system call. */
struct vcpu_context {
    uint64_t rip;
    uint64_t rflags;
    uint64_t cr0, cr3, cr4, efer;
    uint64_t seg_base[6]; /* ES CS SS DS FS GS; in 64-bit mode of FS and GS only */
    uint32_t cs_attr; /* access rights, SDM vol. 3 24.4.1 layout: bit 13 L, bit 14 D/B */
    uint32_t ss_attr; /* bits 6:5 DPL = CPL */
};

/* vcpu_page.request: what the next vcpu_run does before it enters. Cleared by the kernel. */
#define REQ_ADVANCE   0x001u /* skip exit.insn_len bytes as if the instruction had completed: clears STI/MOV-SS
                                blocking and RF, raises the single-step trap if TF is set */
#define REQ_EXCEPTION 0x002u /* raise fault: inject_vector, inject_error if inject_has_error; RF as the SDM says */
#define REQ_EXTINT    0x004u /* answer to EXIT_INTR_WINDOW: deliver inject_vector as external interrupt */
#define REQ_NMI       0x008u /* make an NMI pending */
#define REQ_IRQ       0x010u /* irr[] has bits to take over into the local APIC */
#define REQ_RIP       0x020u /* context.rip, .rflags, gpr[RSP] were changed */

struct vcpu_page {
    uint64_t gpr[GPR_COUNT]; /* gpr[GPR_RSP] is filled with the context only */
    struct vcpu_exit exit;
    struct vcpu_context context; /* valid for EXIT_MMIO, string EXIT_IO, EXIT_TASK_SWITCH, EXIT_SHUTDOWN */

    /* VMM -> kernel */
    volatile uint32_t request;   /* REQ_* */
    uint8_t inject_vector;
    uint8_t inject_has_error;
    uint8_t want_extint; /* level: the PIC's INTR output */
    uint8_t insn_len;    /* REQ_ADVANCE: bytes to skip; set it from exit.insn_len or the decoder */
    uint32_t inject_error;
    uint64_t deadline;   /* host TSC at which to return EXIT_DEADLINE; ~0 = never */
    volatile uint64_t doorbell; /* handle of an event that the guest may signal without an exit to its VMM (right
                                   SIGNAL, another thread's); 0 = none */
    volatile uint64_t irr[4]; /* interrupt requests from IOAPIC and MSI, by vector; set atomically */
    volatile uint64_t tmr[4]; /* of those, level triggered: their EOI gives EXIT_EOI */
};

/* Everything else that a vCPU holds; vcpu_get_state / vcpu_set_state copy it as a whole. */
struct vcpu_segment {
    uint64_t base;
    uint32_t limit;
    uint32_t attr; /* VMX access-rights layout; bit 16 = unusable */
    uint16_t selector;
    uint16_t reserved[3];
};

struct vcpu_state {
    uint64_t gpr[GPR_COUNT];
    uint64_t rip, rflags;
    struct vcpu_segment es, cs, ss, ds, fs, gs, ldtr, tr;
    uint64_t gdt_base, idt_base;
    uint32_t gdt_limit, idt_limit;
    uint64_t cr0, cr2, cr3, cr4, cr8, xcr0;
    uint64_t dr[4], dr6, dr7;
    uint64_t efer, pat, star, lstar, cstar, fmask, kernel_gs_base, tsc_aux;
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
    uint64_t debugctl;   /* IA32_DEBUGCTL: BTF */
    uint64_t tsc_adjust; /* IA32_TSC_ADJUST; does not move the TSC */
    uint64_t apic_base;  /* IA32_APIC_BASE */
    uint64_t tsc;        /* guest TSC now */
    uint32_t interruptibility; /* SDM vol. 3 24.4.2 */
    uint32_t activity;   /* 0 active 1 HLT 2 shutdown 3 wait-for-SIPI */
    uint64_t pdpte[4];   /* PAE paging only: the page-directory-pointer entries that CR3 loaded */
    /*
     * set_state: not 0 is a reset: x87, SSE and what else XSAVE knows get their first values, x87 with this control
     * word, and pending NMIs and messages are dropped. 0, as get_state tells: all that stays.
     */
    uint64_t fpu_control;
#define FPU_RESET  0x0040u /* SDM vol. 3, table 9-1 */
#define FPU_FNINIT 0x037fu /* as firmware leaves it */
};

/*
 * CPUID answers of one VM, written by the VMM, read by the kernel. Data only: what really works
 * is enforced by controls and by the kernel's own masks (CR4, XCR0, EFER), not by this table.
 * The kernel patches the dynamic bits: 1.ECX OSXSAVE, 1.EBX and 0xb/0x1f EDX APIC id, 7.ECX
 * OSPKE, 0xd.0.EBX/0xd.1.EBX current XSAVE size. An unknown basic leaf answers as the highest
 * basic leaf does on Intel CPUs (SDM vol. 2, CPUID).
 */
struct cpuid_regs {
    uint32_t eax, ebx, ecx, edx;
};
#define CPUID_BASIC    0x20 /* leaves 0 .. 0x1f */
#define CPUID_EXTENDED 0x20 /* leaves 0x80000000 .. 0x8000001f */
#define CPUID_VIRTUAL  0x04 /* leaves 0x40000000 .. 0x40000003 */
#define CPUID_SUBLEAF  64   /* leaf, sub-leaf pairs */
struct cpuid_sub {
    uint32_t leaf, subleaf;
    struct cpuid_regs regs;
};
struct cpuid_page {
    uint32_t max_basic, max_extended, max_virtual, sub_count;
    uint32_t has_sub; /* bit n: basic leaf n is looked up in sub[] first (4, 7, 0xb, 0xd, ...) */
    uint32_t reserved[3];
    struct cpuid_regs basic[CPUID_BASIC];
    struct cpuid_regs extended[CPUID_EXTENDED];
    struct cpuid_regs virtual[CPUID_VIRTUAL];
    struct cpuid_sub sub[CPUID_SUBLEAF];
};

_Static_assert(sizeof(struct vcpu_page) <= 4096, "one page");
_Static_assert(sizeof(struct cpuid_page) <= 4096, "one page");

#endif
