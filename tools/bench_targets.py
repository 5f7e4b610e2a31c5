# SPDX-License-Identifier: MIT
"""What is measured: key, what it is, unit, target (at most), and what the best-known peer needs in the same emulator.

Figures are instructions (one tick of Bochs with one CPU and `clock: sync=none`) unless the unit says otherwise. Peers: Linux 6.1
and its KVM for vm.*, Linux processes for ct.*; NOVA where Linux has no such operation.
"""

INSTRUCTIONS = "instructions"

TARGETS = [
    ("vm.cpuid", "CPUID handled in the kernel", INSTRUCTIONS, 120, 973),
    ("vm.vmcall", "null hypercall", INSTRUCTIONS, 100, 1008),
    ("vm.rdmsr", "RDMSR handled by the hypervisor", INSTRUCTIONS, 130, 1087),
    ("vm.rdmsr_gp", "RDMSR of an unknown MSR, with the guest's handler", INSTRUCTIONS, 300, 1657),
    ("vm.tsc_deadline", "arm the TSC deadline timer", INSTRUCTIONS, 180, 911),
    ("vm.eoi", "x2APIC EOI", INSTRUCTIONS, 140, 1177),
    ("vm.vmm_roundtrip", "exit to the ring-3 VMM and back", INSTRUCTIONS, 400, 3260),
    ("vm.mmio_read", "MMIO read completed by the VMM", INSTRUCTIONS, 900, 6034),
    ("vm.ept_map", "EPT violation, VMM maps a page", INSTRUCTIONS, 800, 2877),
    ("vm.doorbell", "notify without waiting for an answer", INSTRUCTIONS, 200, 1124),
    ("vm.vmm_irq", "interrupt from the VMM to the guest's handler", INSTRUCTIONS, 600, 5344),
    ("vm.self_ipi", "self-IPI, write to handler", INSTRUCTIONS, 300, 2464),
    ("vm.ipi_running", "IPI to a running vCPU", INSTRUCTIONS, 500, 1889),
    ("vm.ipi_halted", "IPI to a halted vCPU", INSTRUCTIONS, 1200, 4697),
    ("vm.timer_spin", "timer, deadline to handler, guest spinning", INSTRUCTIONS, 350, 1614),
    ("vm.timer_halt", "timer, deadline to handler, guest halted", INSTRUCTIONS, 700, 3694),
    ("vm.create", "decision to start a VM of 2 MiB, VMM included, until its first exit", INSTRUCTIONS, 40000, 487000),
    ("vm.destroy", "destroy it while it runs, until all is given back", INSTRUCTIONS, 40000, 373000),
    ("vm.kernel_kib", "kernel memory of a VM with one vCPU", "KiB", 40, 378),
    ("vm.kernel_kib_with_vmm", "the same with the page tables of its VMM", "KiB", None, 437),
    ("vm.linux_boot_ratio", "Linux, kernel entry to /init, against bare", "ratio", 1.005, 1.044),
    ("vm.linux_boot_ratio_notests", "the same without cryptographic self-tests", "ratio", 1.01, 1.101),
    ("vm.linux_wakeup_ratio", "Linux timer wake-up against bare", "ratio", 1.3, 6.3),
    ("vm.growth_vms", "worst growth of these among 64 VMs", "ratio", 1.1, None),
    ("vm.pinned_exits", "exits of a pinned vCPU in 100 million instructions", "exits", 0, None),
    ("vm.late_exclusive", "worst of 2,000 timer interrupts on an exclusive CPU, spinning", "ticks", None, None),
    ("vm.late_exclusive_halted", "the same, halted", "ticks", None, None),
    ("vm.late_shared", "worst of 2,000 on a CPU that a lower priority keeps busy, spinning", "ticks", None, None),
    ("vm.late_shared_halted", "the same, halted", "ticks", None, None),
    ("trace.exit_record", "an exit while exits are traced, beyond its own cost", INSTRUCTIONS, None, None),
    ("ct.syscall", "null system call", INSTRUCTIONS, 60, 324),
    ("ct.call_reply", "call and reply between two address spaces", INSTRUCTIONS, 280, 12425),
    ("ct.signal", "signal an event with nobody waiting", INSTRUCTIONS, 100, 145),
    ("ct.yield", "thread switch by yield", INSTRUCTIONS, 200, 770),
    ("ct.timed_wakeup", "timed wake-up, deadline until it runs", INSTRUCTIONS, 400, 4255),
    ("ct.start", "decision to start a container, until its first instruction", INSTRUCTIONS, 30000, 1330000),
    ("ct.start_stop", "start, run nothing, end, give all back", INSTRUCTIONS, 60000, 2230000),
    ("ct.memory_kib", "memory per container, image and heap aside", "KiB", 32, 309),
]
