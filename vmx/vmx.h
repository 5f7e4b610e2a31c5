/* SPDX-License-Identifier: MIT */
/*
 * The one door to Intel VT-x. kernel/ includes this and nothing else of vmx/; vmx/ includes
 * nothing of kernel/ (its needs are in include/sys). SDM vol. 3, chapters 24 to 34.
 *
 * A vCPU belongs to one thread and is entered only by it. Unless said otherwise, functions that
 * take a vCPU are called on the CPU where it is loaded, with interrupts off.
 */
#ifndef VMX_VMX_H
#define VMX_VMX_H

#include <abi/status.h>
#include <abi/syscall.h>
#include <abi/vcpu_page.h>
#include <abi/vmx_caps.h>
#include <sys/tables.h>
#include <sys/vcpu.h>

/* ---- CPU ---- */

/* Boot CPU, once: what the loader negotiated. */
void vmx_init(const struct vmx_caps *caps);
/* Each CPU, after vmx_init: FEATURE_CONTROL, CR4.VMXE, VMXON. page: one pool page for good. */
enum status vmx_cpu_on(void *page) must_check;
/* Shared, constant bitmaps: give four zeroed pages (I/O A, B, MSR, MSR with x2APIC virtualised), once, at boot. */
void vmx_bitmaps_init(void *io_a, void *io_b, void *msr, void *msr_x2apic);
/* True when a VM needs an APIC-access page mapped at 0xfee00000 (struct vmx_vcpu_pages). */
bool vmx_has_apic_access(void);

/* From now on sys_exit_timed hears of each exit, on all CPUs, or of none. */
void vmx_time_exits(bool on);

/* ---- EPT: guest-physical address space of one VM (SDM 28.3) ---- */

struct ept {
    struct tables tables;
    uint64_t generation;  /* raised by each unmap: CPUs flush when theirs is older */
};
#define EPT_ORDER_4K 0
#define EPT_ORDER_2M 9
#define EPT_ORDER_1G 18

/*
 * tables_destroy takes the tables down. tables_unmap does not flush: raise generation and call
 * vmx_ept_flush on each CPU that may run the VM.
 */
enum status ept_init(struct ept *ept, struct account *account) must_check;
/* Of a leaf for tables_map; prot = MAP_*, MAP_READ among them. */
uint64_t ept_flags(uint32_t prot);
/* Largest order that the CPU can map (EPT_ORDER_*). */
unsigned ept_max_order(void);
void vmx_ept_flush(const struct ept *ept);

/* ---- vCPU ---- */

struct vmx_vcpu;

/* What the vCPUs of one VM share; zeroed before the first. The list only grows until all of them are stopped. */
struct vmx_peers {
    struct vmx_vcpu *first;
    uint64_t tsc_offset; /* all read the same TSC, but for what the guest itself moves (TSC_ADJUST) */
};

struct vmx_vcpu_pages {
    struct vmx_vcpu *vcpu;   /* zeroed page */
    void *vmcs;              /* zeroed page */
    void *vapic;             /* zeroed page: the virtual-APIC page */
    struct vcpu_page *page;  /* shared with the VMM */
    const struct cpuid_page *cpuid;
    struct ept *ept;
    struct vmx_peers *peers;
    void *apic_access;       /* page mapped at 0xfee00000 in the EPT by the caller, or NULL */
    void *owner;             /* what the functions of sys/vcpu.h get */
    uint32_t id;             /* APIC id */
};
/* Reset state of SDM table 9-1, local APIC included. */
enum status vmx_vcpu_init(const struct vmx_vcpu_pages *pages) must_check;
/* From now on interrupts can be sent to it. One caller at a time. */
void vmx_vcpu_join(struct vmx_vcpu *vcpu);
/* A message to vCPUs as a device sends it, command as the ICR's low half; on any CPU. How many took it. */
unsigned vmx_message(const struct vmx_peers *peers, uint32_t command, uint32_t destination);

/* Make the vCPU current on this CPU (VMPTRLD, host fields, MSRs, debug registers) / give it up (VMCLEAR). */
void vmx_vcpu_load(struct vmx_vcpu *vcpu, bool alone); /* alone: nobody else wants the CPU while the guest halts */
void vmx_vcpu_unload(struct vmx_vcpu *vcpu);

/*
 * Take over vcpu_page.request, then run the guest until vmx/ cannot go on by itself; comes back
 * through sys_vcpu_exit. *_request checks and returns an error for a bad request (nothing done).
 */
enum status vmx_vcpu_request(struct vmx_vcpu *vcpu) must_check;
noreturn void vmx_vcpu_enter(struct vmx_vcpu *vcpu);

/* True when a halted guest has something to wake for (deliverable interrupt, NMI, INIT...). */
bool vmx_vcpu_wakeable(struct vmx_vcpu *vcpu);
/* The deadline given to sys_vcpu_timer came; may be called while the vCPU is halted. */
void vmx_timer_expired(struct vmx_vcpu *vcpu);

/*
 * set_state replaces all of it: a queued event is dropped. A tsc equal to the one that get_state
 * gave last leaves the guest's TSC running as it was; another one sets the VM's TSC if the vCPU has
 * id 0, else the vCPU joins it. The kernel loads xcr0 (vmx_vcpu_xcr0).
 */
void vmx_vcpu_get_state(struct vmx_vcpu *vcpu, struct vcpu_state *state);
enum status vmx_vcpu_set_state(struct vmx_vcpu *vcpu, const struct vcpu_state *state) must_check;
/* xAPIC access that the VMM decoded; *value in or out. */
enum status vmx_vcpu_apic(struct vmx_vcpu *vcpu, uint32_t offset, bool write, uint32_t *value) must_check;

/* XCR0 of the guest: the kernel loads it with the guest's XSAVE area. */
uint64_t vmx_vcpu_xcr0(const struct vmx_vcpu *vcpu);
void vmx_vcpu_stats(const struct vmx_vcpu *vcpu, struct part_stats *sum);
/* A VMCS field of the loaded vCPU. False: the CPU has it not, or it is an address that is nobody's business. */
bool vmx_field(uint64_t field, uint64_t *value) must_check;

#endif
