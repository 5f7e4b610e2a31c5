# SPDX-License-Identifier: MIT
"""The rows vm.* that the guest b_vm measures about itself, and what the system counts for it."""
import os
import re
import shutil
import tempfile
import time

GUEST = "build/bin/b_vm.elf"
INSTRUCTIONS = 100_000_000


def vm(name, cmdline, more):
    return f"vm {name}\n kernel = b_vm.elf\n cmdline = {cmdline}\n memory = 16M\n{more}"


def ask(m, command, pattern):
    m.send(command + "\r")
    match = m.expect(pattern, 30)
    m.expect(r"bulkhead> $", 20)
    return match


def exits(m, name):
    return int(ask(m, f"stats {name}", r"VM exits +(\d+)")[1])


def measure_self(bulkhead, cpus):
    """The rows of a bench VM with so many vCPUs on so many CPUs; the TSC counts what each of them executes at the same time."""
    conf = vm("bench", "b_vm", f" priority = 10\n cpus = {cpus}\n autostart = no\n")
    with bulkhead.Machine({"system.conf": conf, "b_vm.elf": GUEST}, "bochs", cpus=cpus, memory="256M", timeout=200) as m:
        m.expect(r"bulkhead> $", 60)
        time.sleep(5)  # by then the memory is clear: a CPU that clears a page hears of an interrupt behind it
        m.send("start bench\r")
        m.expect(r"bench ended: exit code 0", 150)
        m.expect(r"bulkhead> $", 20)
        ask(m, "console bench", r"bench: exit code 0")
        values = {key: float(value) for key, value in re.findall(r"bench: (vm\.\w+) (\d+)\r?$", m.output, re.MULTILINE)}
        m.send("poweroff\r")
        m.wait(30)
    return values


def measure_counts(bulkhead):
    """One VM computes, one only starts and ends; the difference in exits is what computing costs. A third one stays."""
    alone = " cpus = on 1 exclusive\n"
    conf = vm("start", "compute=0", alone) + vm("pinned", f"compute={INSTRUCTIONS}", alone + " autostart = no\n")
    conf += "vm idle\n kernel = hello.elf\n memory = 16M\n"
    with bulkhead.Machine({"system.conf": conf, "b_vm.elf": GUEST, "hello.elf": "build/bin/hello.elf"}, "bochs", cpus=2,
                          timeout=200) as m:
        m.expect(r"start ended: exit code 0", 150)
        m.send("start pinned\r")
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


def measure_latency(bulkhead):
    """How late a guest's timer interrupt is at worst: alone on its CPU, and where something of a lower priority always runs."""
    guest = " kernel = t_pinned.elf\n cmdline = shots=2000\n memory = 16M\n"
    conf = f"vm exclusive\n{guest} cpus = on 1 exclusive\nvm shared\n{guest} cpu = 1\n priority = 25\n autostart = no\n"
    conf += "container busy\n image = ctr_x_flood.elf\n args = spin\n cpu = 1\n autostart = no\n"
    files = {name: f"build/bin/{name}" for name in ("t_pinned.elf", "ctr_x_flood.elf")}
    values = {}
    with bulkhead.Machine({"system.conf": conf, **files}, "bochs", cpus=2, timeout=200) as m:
        m.expect(r"exclusive ended: exit code 0", 150)
        for name in ("exclusive", "shared"):
            if name == "shared":
                m.send("start busy\r")
                m.send("start shared\r")
                m.expect(r"shared ended: exit code 0", 100)
            found = ask(m, f"console {name}", r"spinning: best \d+ mean \d+ worst (\d+).*\s+t_pinned: latency halted: "
                                              r"best \d+ mean \d+ worst (\d+)")
            values[f"vm.late_{name}"], values[f"vm.late_{name}_halted"] = float(found[1]), float(found[2])
        m.send("poweroff\r")
        m.wait(30)
    return values


def measure_mechanisms(bulkhead):
    """What the kernel does for any VMM, with the smallest one in the place of vmm.elf: two threads, of which one only owns an event."""
    binaries = os.path.join(bulkhead.BUILD, "bin")

    class Machine(bulkhead.Machine):
        def _bochs(self, image, port):
            with tempfile.TemporaryDirectory() as folder:
                for name, source in (("BOOTX64.EFI",) * 2, ("kernel.elf",) * 2, ("root.elf",) * 2, ("vmm.elf", "ctr_vmm.elf")):
                    shutil.copy(os.path.join(binaries, source), os.path.join(folder, name))
                bulkhead._mkimage().make_image(os.path.join(self._folder, "system"), image, self.cmdline, folder)
            return super()._bochs(image, port)
    conf = vm("bench", "", " cpus = 2\n priority = 10\n")
    with Machine({"system.conf": conf, "b_vm.elf": GUEST}, "bochs", timeout=200) as m:
        m.expect(r"bench ended: exit code 0", 150)
        ask(m, "console bench", r"bench: exit code 0")
        values = {key: float(value) for key, value in re.findall(r"bench: (vm\.\w+) (\d+)\r?$", m.output, re.MULTILINE)}
        m.send("poweroff\r")
        m.wait(30)
    return values


def measure(bulkhead):
    return {**measure_self(bulkhead, 1), **measure_self(bulkhead, 2), **measure_mechanisms(bulkhead), **measure_counts(bulkhead),
            **measure_latency(bulkhead)}
