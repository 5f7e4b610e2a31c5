# SPDX-License-Identifier: MIT
"""The rows vm.* that the guest b_vm measures about itself, and what the system counts for it."""
import re

GUEST = "build/bin/b_vm.elf"
INSTRUCTIONS = 100_000_000


def vm(name, cmdline, priority):
    return f"vm {name}\n kernel = b_vm.elf\n cmdline = {cmdline}\n memory = 16M\n priority = {priority}\n"


def ask(m, command, pattern):
    m.send(command + "\r")
    match = m.expect(pattern, 30)
    m.expect(r"bulkhead> $", 20)
    return match


def exits(m, name):
    return int(ask(m, f"stats {name}", r"VM exits +(\d+)")[1])


def measure_self(bulkhead):
    with bulkhead.Machine({"system.conf": vm("bench", "b_vm", 10), "b_vm.elf": GUEST}, "bochs", timeout=200) as m:
        m.expect(r"bench ended: exit code 0", 150)
        m.expect(r"bulkhead> $", 20)
        ask(m, "console bench", r"bench: exit code 0")
        values = {key: float(value) for key, value in re.findall(r"bench: (vm\.\w+) (\d+)\r?$", m.output, re.MULTILINE)}
        m.send("poweroff\r")
        m.wait(30)
    return values


def measure_counts(bulkhead):
    """One VM computes, one only starts and ends; the difference in exits is what computing costs. A third one stays."""
    conf = vm("start", "compute=0", 30) + vm("pinned", f"compute={INSTRUCTIONS}", 29)
    conf += "vm idle\n kernel = hello.elf\n memory = 16M\n"
    with bulkhead.Machine({"system.conf": conf, "b_vm.elf": GUEST, "hello.elf": "build/bin/hello.elf"}, "bochs", timeout=200) as m:
        m.expect(r"pinned ended: exit code 0", 150)
        m.expect(r"bulkhead> $", 20)
        # The peer's figure is without the memory of its VMM process: so are the VMM's page tables left aside.
        kernel = ask(m, "stats idle", r"kernel +(\d+) of \d+ KiB, EPT (\d+) KiB, page tables (\d+) KiB")
        values = {"vm.kernel_kib": float(int(kernel[1]) - int(kernel[2]) - int(kernel[3])),
                  "vm.kernel_kib_with_vmm": float(int(kernel[1]) - int(kernel[2])),
                  "vm.pinned_exits": float(exits(m, "pinned") - exits(m, "start"))}
        m.send("poweroff\r")
        m.wait(30)
    return values


def measure_ipi(bulkhead):
    """Two vCPUs on two CPUs; the TSC counts what each of them executes at the same time."""
    conf = "vm bench\n kernel = b_vm.elf\n memory = 16M\n priority = 10\n cpus = 2\n"
    with bulkhead.Machine({"system.conf": conf, "b_vm.elf": GUEST}, "bochs", cpus=2, timeout=200) as m:
        m.expect(r"bench ended: exit code 0", 150)
        m.expect(r"bulkhead> $", 20)
        ask(m, "console bench", r"bench: exit code 0")
        values = {key: float(value) for key, value in re.findall(r"bench: (vm\.\w+) (\d+)\r?$", m.output, re.MULTILINE)}
        m.send("poweroff\r")
        m.wait(30)
    return values


def measure(bulkhead):
    return {**measure_self(bulkhead), **measure_ipi(bulkhead), **measure_counts(bulkhead)}
