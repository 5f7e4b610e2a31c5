/* SPDX-License-Identifier: MIT */
/* The vCPU: what vmx/ keeps of one beside its VMCS, virtual-APIC page and shared page. */
#ifndef VMX_VCPU_H
#define VMX_VCPU_H

#include <hw/vmcs.h>
#include <hw/x86.h>
#include "vmx.h"

/* vmx_vcpu.pending: what event_prepare has to look at before the next entry; 0 = nothing. */
#define PENDING_EVENT    0x01u /* an event to deliver is in .event */
#define PENDING_NMI      0x02u
#define PENDING_IRQ      0x04u /* the local APIC has to be looked at */
#define PENDING_EXTINT   0x08u /* the VMM's PIC wants ExtINT: look whether the guest can take it */
#define PENDING_HALT     0x10u /* activity is not "active" */
#define PENDING_EOI      0x20u /* .eoi_vector: tell the VMM */
#define PENDING_SHUTDOWN 0x40u /* triple fault while raising an exception */
#define PENDING_IPI      0x80u /* .ipi_command: tell the VMM */

/* MSRs that no VMCS field switches: they are exchanged when the vCPU comes to a CPU and when it leaves. */
#define VCPU_MSRS 6u
extern const struct vcpu_msr {
    uint32_t msr;
    uint32_t offset; /* in struct vcpu_state */
} vcpu_msrs[VCPU_MSRS];

struct apic_timer {
    uint64_t start;    /* host TSC at which the count began */
    uint64_t period;   /* in TSC ticks, 0 = not counting */
    uint64_t target;   /* host TSC of the next expiry, ~0 = none */
    uint64_t deadline; /* IA32_TSC_DEADLINE as the guest wrote it */
    uint32_t mode;     /* APIC_TIMER_* */
    uint32_t shift;    /* log2 of the divider */
};

/*
 * Where any CPU leaves what the vCPU is to take. It begins with a posted-interrupt descriptor (SDM vol. 3, 29.6),
 * used in the same way where the CPU knows none. A sender sets the request, then the flag, and notifies if the
 * flag was clear; the vCPU's own CPU clears the flag, then takes the requests.
 */
struct vcpu_mail {
    uint64_t pir[4]; /* requested vectors, edge-triggered */
    uint32_t on;     /* bit 0: pir has some */
    uint32_t other;  /* MAIL_*; of no interest to the CPU */
    uint64_t reserved[3];
    uint64_t level[4]; /* requested vectors, level-triggered */
} __attribute__((aligned(64)));
#define MAIL_NMI   1u
#define MAIL_LEVEL 2u

struct vmx_vcpu {
    struct vcpu_mail mail; /* first: aligned as the CPU wants it */
    struct vcpu_page *page;
    uint64_t host_rsp; /* HOST_RSP: 16 bytes below the top of the CPU's stack */
    uint32_t pending;  /* PENDING_* */
    uint32_t waiting;  /* of those, what waits for a window that is asked for in .proc */
    uint8_t launched;

    uint8_t dr_live;     /* guest DR0-3 are in the CPU */
    uint8_t activity;    /* ACTIVITY_* */
    uint8_t halt_if;     /* RFLAGS.IF when it halted */
    uint8_t halt_nmi;    /* NMIs were not blocked when it halted */
    uint8_t want_extint;
    uint8_t eoi_vector;
    uint8_t status_dirty; /* apicv_sync has to write all that it knows */
    uint8_t rvi, svi; /* with virtual-interrupt delivery: the highest vector that was requested since the last
                         apicv_sync; when halted, of all that are requested, and of those in service; 0 = none */

    uint32_t event, event_error, event_len; /* as VM-entry interruption information */
    uint32_t id;                            /* APIC id */
    uint32_t ipi_command;                   /* ICR low half of an IPI for the VMM */
    uint64_t ipi_targets;
    struct vmx_peers *peers;
    struct vmx_vcpu *next;                  /* of peers */
    uint32_t proc, proc2, entry;            /* control words in the VMCS */
    uint16_t vpid;

    const struct cpuid_page *cpuid;
    struct ept *ept;
    uint64_t ept_generation;
    void *vmcs, *owner, *apic_access;

    uint32_t *apic; /* virtual-APIC page: registers in xAPIC layout */
    uint64_t apic_base;
    uint64_t eoi_exit[4];
    uint32_t irr_sum, isr_sum; /* bit n: register n may be non-zero */
    uint32_t esr;              /* errors since the last write to ESR */
    uint32_t tpr_threshold;
    struct apic_timer timer;

    uint64_t cr2;
    uint64_t cr0_mask, cr0_shadow, cr4_shadow;
    uint64_t cr4_allowed, efer_allowed, xcr0_allowed; /* what the CPU has and the VM's CPUID shows */
    uint64_t efer, xcr0;
    uint64_t dr[4], dr6;
    uint64_t io_breakpoint; /* pending debug exception of the I/O instruction that the VMM is completing */
    uint64_t msr[VCPU_MSRS]; /* vcpu_msrs: while not loaded */
    uint64_t tsc_offset, tsc_adjust, tsc_told; /* told: by the last get_state */

    uint64_t timed; /* TSC of the exit under way; 0: none, or not timed */
    struct part_stats stats;
};
_Static_assert(sizeof(struct vmx_vcpu) <= PAGE_BYTES, "one page");

static inline void vcpu_proc_set(struct vmx_vcpu *v, uint32_t proc)
{
    if (v->proc != proc) {
        v->proc = proc;
        x86_vmwrite(VMCS_PROC_CONTROLS, proc);
    }
}

/* Before the CPU is handed to the kernel: until then the guest's CR2 lives in the register. */
static inline void vcpu_save_cr2(struct vmx_vcpu *v)
{
    v->cr2 = x86_read_cr2();
}

/* Leaves to the VMM; the other fields of page->exit are filled in already. */
noreturn void vcpu_leave_vmm(struct vmx_vcpu *v, enum exit_kind kind);
/* Before anyone looks at, changes or takes away the guest's state. */
void vcpu_note_halt(struct vmx_vcpu *v);
/* page->context: what a decoder of guest instructions needs. */
void vcpu_fill_context(struct vmx_vcpu *v);

/* vcpu_msrs and debug registers: into the CPU and back. */
void vcpu_msrs_load(const struct vmx_vcpu *v);
void vcpu_msrs_save(struct vmx_vcpu *v);
void vcpu_dr_load(struct vmx_vcpu *v);
void vcpu_dr_save(struct vmx_vcpu *v);

/* vmcs_*.c: constant tables into the current VMCS */
void vmcs_write_controls(struct vmx_vcpu *v);
void vmcs_write_host(struct vmx_vcpu *v);
void vmcs_write_guest_reset(struct vmx_vcpu *v);
/* state.c: the fields that hold what s tells */
void vmcs_write_guest(struct vmx_vcpu *v, const struct vcpu_state *s);

/* bitmap.c */
struct vmx_bitmaps {
    hpa_t io_a, io_b, msr, msr_x2apic;
};
extern struct vmx_bitmaps vmx_bitmaps;

/* vpid.c */
uint16_t vpid_alloc(void);
void vpid_flush(const struct vmx_vcpu *v);
/* The vCPU comes to a CPU; moved: it ran on another one before. */
void vpid_enter_cpu(const struct vmx_vcpu *v, bool moved);

/* ept.c */
uint64_t ept_pointer(const struct ept *ept);

/* entry.S */
void vmx_exit_entry(void);

/* exit.c, called by entry.S */
void vmx_exit(struct vmx_vcpu *v);
void vmx_prepare(struct vmx_vcpu *v);
noreturn void vmx_entry_refused(struct vmx_vcpu *v);

#endif
