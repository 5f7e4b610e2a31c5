/* SPDX-License-Identifier: MIT */
/* One virtual machine: its memory, buses, devices and the page of its vCPU. */
#ifndef VMM_VM_H
#define VMM_VM_H

#include <stdbool.h>
#include <stdint.h>
#include <abi/vcpu_page.h>
#include "bus.h"
#include "clock.h"
#include "dev_fwcfg.h"
#include "dev_hotcpu.h"
#include "dev_ioapic.h"
#include "dev_kbd.h"
#include "dev_misc.h"
#include "dev_pci.h"
#include "dev_pic.h"
#include "dev_pit.h"
#include "dev_pm.h"
#include "dev_rtc.h"
#include "dev_uart.h"
#include "dev_vga.h"
#include "dev_watchdog.h"
#include "emu.h"
#include "load.h"
#include "mem.h"
#include "vm_cpu.h"

/* What the machine wants next; devices and exits set it, the loop acts on it. */
enum vm_verdict { VM_RUN, VM_RESET, VM_END };

/* The kernel as far as exits need it; tests bring their own. Results as of the system calls. */
struct vm_kernel {
    int64_t (*get_state)(struct vcpu_state *state);
    int64_t (*set_state)(const struct vcpu_state *state);
    int64_t (*apic)(uint64_t offset_write, uint64_t value);
    int64_t (*interrupt)(uint64_t command, uint64_t destination);
    int64_t (*apic_page)(bool there); /* the page of the xAPIC that the CPU virtualises, for all vCPUs */
    int64_t (*field)(uint64_t field, uint64_t *value); /* of the VMCS */
    void (*kick)(unsigned cpu); /* the thread of this vCPU leaves the guest, or wakes */
    void (*cpus_are)(uint32_t wanted, uint32_t there); /* for root: which vCPUs the guest has, and was to have */
};

/* The console's other end. */
struct vm_console {
    void (*put)(void *ctx, uint8_t byte);
    bool (*get)(void *ctx, uint8_t *byte);
    void *ctx;
};

struct vm {
    struct mem mem;
    struct clock clock;
    struct bus io, mmio;
    struct pic pic;
    struct ioapic ioapic;
    struct pit pit;
    struct rtc rtc;
    struct pm pm;
    struct uart uart;
    struct kbd kbd;
    struct pci pci;
    struct vga vga;
    struct misc misc;
    struct fwcfg fwcfg; /* with firmware only */
    struct watchdog watchdog;
    struct hotcpu hotcpu;
    unsigned phys_bits;
    const uint64_t *cr_fixed; /* start_info.vmx_cr_fixed */
    unsigned cpus;
    struct vm_cpu cpu[VM_VCPUS];
    unsigned current;       /* the vCPU whose exit is handled: one at a time */
    struct vcpu_page *page; /* its page */
    const struct vm_kernel *kernel;
    struct vm_console console;
    struct emu_bus emu_bus;
    struct emu emu;
    bool apic_page;         /* is mapped: all vCPUs are in xAPIC mode */
    enum vm_verdict verdict;
    uint64_t end_code;      /* with VM_END */
    char message[320];      /* why, when there is more to say than the code */
    uint64_t refused_msrs, unknown_exits, resets;
};

/* Connect everything; mem, clock, cpus, page, kernel and console are set by the caller before. */
void vm_init(struct vm *vm, unsigned phys_bits);

/* Devices as after power-on; firmware tables into RAM. RAM holds zeros. */
void vm_reset(struct vm *vm);

/* The local APIC as firmware leaves it, once the vCPU's state is set: virtual wire (MP 1.4, 3.6.2.2). */
void vm_virtual_wire(struct vm *vm);

/*
 * Before an entry: bring the timers up to date, set deadline and want_extint in the page. The timers and the PIC
 * are served by the thread of vCPU 0; another one that changed them tells it.
 */
void vm_before_entry(struct vm *vm);

/* End the VM; the first call wins. */
void vm_end(struct vm *vm, uint64_t code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The VM starts again. */
void vm_request_reset(void *vm);

/* What vcpu_run returned is in page->exit: do it. */
void vm_exit(struct vm *vm);

/* An interrupt message to the vCPUs; false: no CPU accepts it. */
bool vm_apic_deliver(void *vm, const struct apic_message *message);

/* Which vCPUs the guest is to have from now on: it is told which came and which are wanted back. */
void vm_cpus_want(struct vm *vm, uint32_t wanted);

/* Counters in one line. */
void vm_stats(const struct vm *vm, char *text, unsigned bytes);

#endif
