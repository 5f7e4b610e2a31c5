# SPDX-License-Identifier: MIT
"""VMs with several CPUs."""
import re

import bulkhead

PROMPT = r"bulkhead> $"
GUEST = "build/cache/guest/"


def ask(m, command, pattern, timeout=60):
    """Types a command into the shell of the Linux guest; the match of its answer."""
    m.send(command + "\r")
    m.expect(re.escape(command), timeout)
    match = m.expect(pattern, timeout)
    m.expect(r"linux# ", timeout)
    return match


def linux(cpus, memory="256M", cmdline="console=ttyS0 quiet"):
    conf = (f"vm linux\n kernel = vmlinuz\n initrd = initrd.cpio\n cmdline = {cmdline}\n memory = {memory}\n"
            f" cpus = {cpus}\n")
    return {"system.conf": conf, "vmlinuz": GUEST + "vmlinuz", "initrd.cpio": "build/guests/initrd.cpio"}


@bulkhead.timeout(300)
def test_linux_two_cpus():
    """Linux finds and uses the second CPU of a VM with two."""
    bulkhead.needs_fixed_bochs()
    with bulkhead.Machine(linux(2), platform="bochs", cpus=2, memory="512M", timeout=290) as m:
        m.expect(PROMPT, 60)
        m.send("console linux\r")
        m.expect("linux# ", 240)
        assert ask(m, "nproc", r"^(\d+)\r")[1] == "2"
        assert ask(m, "taskset 2 cat /proc/self/stat | cut -d' ' -f39", r"^(\d+)\r")[1] == "1"


def t_smp(cpus):
    return {"system.conf": f"vm t_smp\n kernel = t_smp.elf\n cmdline = t_smp quiet\n memory = 32M\n cpus = {cpus}\n",
            "t_smp.elf": "build/bin/t_smp.elf"}


@bulkhead.cases((4, 4, None), (2, 2, "corei7_haswell_4770"), (4, 4, "corei7_sandy_bridge_2600k"), (3, 2, None))
@bulkhead.timeout(300)
def test_bare_metal(vcpus, cpus, model):
    """t_smp: start, IPIs of all kinds, shoot-down, time, INIT; with posted interrupts, with APICv, without, overcommitted."""
    bulkhead.needs_fixed_bochs()
    with bulkhead.Machine(t_smp(vcpus), platform="bochs", cpus=cpus, memory="512M", cpu_model=model, timeout=290) as m:
        m.expect(r"t_smp ended: .*\r?\n", 280)
        m.send("console t_smp\r")
        m.expect(r"t_smp: \d+ passed, 0 failed", 30)
