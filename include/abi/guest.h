/* SPDX-License-Identifier: MIT */
/*
 * What a guest and whoever watches it agree on: the ports of the virtual PC that are not on every
 * PC, the CPUID signature, and the exit codes of a VM.
 */
#ifndef ABI_GUEST_H
#define ABI_GUEST_H

/* A byte written here appears on the guest's console. It reads 0xe9. */
#define GUEST_PORT_DEBUG 0xe9u
/* A value (8, 16 or 32 bits) written here ends the VM with that exit code. */
#define GUEST_PORT_EXIT 0xf4u

/* A byte written here is a sign of life for the partition's watchdog. It reads 0xf8. */
#define GUEST_PORT_WATCHDOG 0xf8u

/*
 * CPUs that come and go while the guest runs: four 32-bit words with a bit for each CPU, by APIC id. The ACPI tables
 * of a VM with several CPUs use them; GPE number GUEST_GPE_CPUS tells that the second or third changed.
 */
#define GUEST_PORT_CPUS     0x610u
#define GUEST_CPUS_THERE    0x0u /* read: these are there */
#define GUEST_CPUS_CAME     0x4u /* read: they came; a one that is written clears its bit */
#define GUEST_CPUS_BACK     0x8u /* read: the system wants them back; a one that is written clears its bit */
#define GUEST_CPUS_GIVE     0xcu /* write: the guest gives these back, CPU 0 aside; they stop as by INIT */
#define GUEST_GPE_CPUS      1u

/* ACPI fixed hardware (FADT tells the guest) */
#define GUEST_PORT_PM     0x600u
#define GUEST_PORT_GPE    0x60cu /* status of GPE 0 to 7, behind it what enables them */
#define GUEST_PORT_RESET  0xcf9u
#define GUEST_RESET_VALUE 0x06u
#define GUEST_S5_TYPE     5u

/*
 * Exit codes of a VM (part_exit of its VMM). Below 256: a power-off (0) or the byte that the guest
 * wrote to GUEST_PORT_EXIT. These say how else it ended:
 */
#define VM_END_POWER_OFF    0u
#define VM_END_CONFIG       1000u /* its lines of system.conf or its files are unusable; console says why */
#define VM_END_RESOURCES    1001u /* a system call at start-up failed */
#define VM_END_TRIPLE_FAULT 1002u /* shutdown of its CPU */
#define VM_END_ENTRY_FAIL   1003u /* the CPU refused the guest's state */
#define VM_END_INSTRUCTION  1004u /* an MMIO instruction outside what insn.c decodes */
#define VM_END_RESET        1005u /* reset, with `on_reset = stop` */
#define VM_END_INTERNAL     1006u /* an exit that the VMM does not know */

/* KVM's CPUID interface, as far as it helps unmodified kernels: vendor signature at this leaf. */
#define GUEST_CPUID_BASE     0x40000000u
#define GUEST_CPUID_FEATURES 0x40000001u
#define GUEST_FEATURE_NOP_IO_DELAY (1u << 1) /* writes to port 0x80 are not needed as a delay */

#endif
