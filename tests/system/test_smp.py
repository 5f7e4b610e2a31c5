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
